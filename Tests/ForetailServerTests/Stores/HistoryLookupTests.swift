#if Server
import FieldExtraction
import Foretail
import ForetailTesting
import Testing

@testable import ForetailServer

/// Joins with the stream's own past, against a real server over loopback.
@Suite("Lookups of the past", .timeLimit(.minutes(5))) struct HistoryLookupTests {
    private static let request =
        #"{"stream":"s","filter":"event.v % 3 == 0","predictions":false,"lookups":"#
        + #"[{"name":"before","store":"history","key":"event.id","rows":2,"maxWait":"60s"}]}"#

    private static func events(_ range: Range<Int>) -> [String] { range.map { #"{"id":"p\#($0 % 5)","v":\#($0)}"# } }

    /// The values of a record's rows, and its own.
    private static func values(_ record: JSONValue) -> (own: Int, before: [Int], isCut: Bool) {
        let joined = record["lookups"]?["before"]
        return (
            Int(record["event"]?["v"]?.integer ?? -1),
            (joined?["rows"]?.elements ?? []).compactMap { $0["event"]?["v"]?.integer }.map { Int($0) },
            joined?["cut"] == .bool(true)
        )
    }

    private static func check(_ records: [JSONValue], first: Int = 0) {
        for record in records {
            let (own, before, isCut) = values(record)
            let expected = [own - 5, own - 10].filter { $0 >= first }
            #expect(before == expected, "\(record)")
            #expect(isCut == (own - 15 >= first), "\(record)")
        }
    }

    @Test("Live and stored events leave with the last events of their keys, matched or not")
    func joins() async throws {
        try await TestServer.run { server in
            // Part of the past stands in the log before the request is there.
            _ = try await server.ingest("s", Self.events(0..<20))
            let registered = try await server.send("POST", "/v1/tail-requests", Self.request)
            #expect(registered.status == 201, "\(registered.text)")
            #expect(registered.json?["lookups"]?.elements?.first?["query"] == nil)
            let path = "/v1/tail-requests/tr_1/events"
            var reader = try await server.open(path)
            _ = try await server.ingest("s", Self.events(20..<40))
            let live = try await reader.next(7)
            #expect(live.map { Self.values($0).own }.sorted() == [21, 24, 27, 30, 33, 36, 39])
            Self.check(live)
            let stored = try await server.read(path + "?from=oldest", count: 14)
            #expect(stored.map { Self.values($0).own } == Array(stride(from: 0, to: 40, by: 3)))
            Self.check(stored)
            // A reading that begins in the middle knows what stood before.
            let resumed = try await server.read(path + "?after=0:1-31", count: 3)
            #expect(resumed.map { Self.values($0).own } == [33, 36, 39])
            Self.check(resumed)
            let status = try await server.send("GET", "/v1/status").json
            #expect((status?["limits"]?["keyHistoryBytes"]?["used"]?.integer ?? 0) > 0)
        }
    }

    @Test("The past is there again after a restart")
    func restart() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        _ = try await server.send("POST", "/v1/tail-requests", Self.request)
        _ = try await server.ingest("s", Self.events(0..<30))
        let before = try await server.send("GET", "/v1/tail-requests/tr_1")
        try await server.stop()
        server = try await TestServer.start(folder: folder)
        #expect(try await server.send("GET", "/v1/tail-requests/tr_1").json?["lookups"] == before.json?["lookups"])
        var reader = try await server.open("/v1/tail-requests/tr_1/events")
        _ = try await server.ingest("s", Self.events(30..<40))
        let records = try await reader.next(4)
        #expect(Set(records.map { Self.values($0).own }) == [30, 33, 36, 39])
        Self.check(records)
        try await server.stop()
    }

    @Test("A stream whose lookup goes follows its events no more")
    func removal() async throws {
        try await TestServer.run { server in
            _ = try await server.send("POST", "/v1/tail-requests", Self.request)
            _ = try await server.ingest("s", Self.events(0..<10))
            #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
            let status = try await server.send("GET", "/v1/status").json
            _ = try await server.ingest("s", Self.events(10..<20))
            #expect(status?["limits"]?["keyHistoryBytes"] != nil)
            #expect(try await server.send("GET", "/v1/streams/s").json?["matched"]?.integer ?? 0 <= 4)
        }
    }
}
#endif
