#if Server
import FieldExtraction
import Foretail
import Testing

@testable import ForetailServer

/// Watches over the end of a server: its killing above all.
@Suite("Watches over a restart", .timeLimit(.minutes(20))) struct WatchRestartTests {
    private static let start = 1_700_000_000

    /// Key `a` comes every thousand seconds and then stays away; `b` goes on. Silence is told by the wall clock: on a slow machine
    /// shorter gaps would make `b` overdue as well.
    private static func jobs(_ key: String, _ range: Range<Int>) -> [String] {
        range.map { #"{"t":\#(start + 1_000 * $0),"job":"\#(key)"}"# }
    }

    private static func together(_ range: Range<Int>) -> [String] {
        range.flatMap { jobs("a", $0..<$0 + 1) + jobs("b", $0..<$0 + 1) }
    }

    /// A key's watch: the stream as a whole may fall silent as well, where the machine is slow.
    private static func isWatch(_ record: JSONValue) -> Bool {
        record["kind"] == .string("watch") && record["key"] != nil
    }

    private static func told(_ records: [JSONValue]) -> [String] {
        records.map {
            "\($0["id"]?.string ?? "") \($0["key"]?.string ?? "") \($0["state"]?.string ?? "")"
                + ($0["reason"]?.string.map { " \($0)" } ?? "")
        }
    }

    /// A server with an alarm for `a` under way.
    private static func alarmed(_ folder: String) async throws -> TestServer {
        let server = try await TestServer.start(folder: folder)
        _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"job","time":"t"}"#)
        _ = try await server.send(
            "POST", "/v1/tail-requests", #"{"stream":"s","predictions":false,"watch":{"overdue":true}}"#)
        _ = try await server.ingest("s", together(0..<40) + jobs("b", 40..<45))
        let records = try await server.read(
            "/v1/tail-requests/tr_1/events?from=oldest", count: 1, isMeant: isWatch)
        #expect(told(records) == ["w_1 a overdue"])
        // Whoever waits for a reader does not mean this one.
        try await server.waitForReaders(0)
        return server
    }

    @Test("What was told to have begun before a server was killed ends after it, under its id, once")
    func killed() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let first = try await Self.alarmed(folder)
        let image = try CrashImage.take(of: folder)
        defer { TestServer.remove(image) }
        try await first.stop()

        var server = try await TestServer.start(folder: image)
        _ = try await server.ingest("s", Self.jobs("a", 45..<46) + Self.jobs("b", 46..<47))
        let path = "/v1/tail-requests/tr_1/events"
        let after = try await server.read(path + "?after=0:1-82", count: 2, isMeant: Self.isWatch)
        #expect(Self.told(after) == ["w_1 a overdue", "w_1 a resumed"])
        // Once: also for who comes back, and over an orderly end.
        try await server.stop()
        server = try await TestServer.start(folder: image)
        _ = try await server.ingest("s", Self.jobs("a", 47..<48) + Self.jobs("b", 48..<49))
        let all = try await server.read(
            path + "?from=oldest", count: 89 + 2,
            isMeant: { Self.isWatch($0) || $0["kind"] == .string("event") })
        #expect(Self.told(all.filter(Self.isWatch)) == ["w_1 a overdue", "w_1 a resumed"])
        // Where they were told: the alarm before the event that ended it.
        let match = all.firstIndex { $0["event"]?["t"] == .integer(1_700_045_000) }
        #expect(all.lastIndex(where: Self.isWatch) ?? 0 > match ?? .max)
        try await server.stop()
    }

    @Test("A watch outlives an orderly end of the server, and is not told to have ended by it")
    func stopped() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let first = try await Self.alarmed(folder)
        var reader = try await first.open("/v1/tail-requests/tr_1/events")
        try await first.stop()
        #expect(try await reader.next() == nil)
        #expect(reader.end?["reason"] == .string("shutdown"))
        let server = try await TestServer.start(folder: folder)
        // Ten median gaps later it has ended for good.
        _ = try await server.ingest("s", Self.jobs("b", 45..<70))
        let records = try await server.read(
            "/v1/tail-requests/tr_1/events?from=oldest", count: 2, isMeant: Self.isWatch)
        #expect(Self.told(records) == ["w_1 a overdue", "w_1 a ended silence"])
        try await server.stop()
    }

    @Test("A match that was durable before its watch was told of it ends the watch at the start")
    func missedMatch() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let first = try await Self.alarmed(folder)
        let early = try CrashImage.take(of: folder)
        defer { TestServer.remove(early) }
        _ = try await first.ingest("s", Self.jobs("a", 45..<46))
        // The log has the match; the catalogue knows nothing of it.
        let image = try CrashImage.take(of: folder, catalogue: early)
        defer { TestServer.remove(image) }
        try await first.stop()

        let server = try await TestServer.start(folder: image)
        let records = try await server.read(
            "/v1/tail-requests/tr_1/events?from=oldest", count: 2, isMeant: Self.isWatch)
        #expect(Self.told(records) == ["w_1 a overdue", "w_1 a resumed"])
        #expect(records.last?["position"] == .string("0:1-86"))
        #expect(records.last?["time"]?.string == "2023-11-15T10:43:20Z")
        // A new one has a new number.
        _ = try await server.send("PATCH", "/v1/tail-requests/tr_1", #"{"filter":"event.job != \"c\""}"#)
        _ = try await server.ingest("s", Self.together(50..<90) + Self.jobs("b", 90..<95))
        let later = try await server.read(
            "/v1/tail-requests/tr_1/events?from=oldest", count: 3, isMeant: Self.isWatch)
        #expect(Self.told(later).last?.hasSuffix(" a overdue") == true)
        try await server.stop()
    }

    @Test("A filter that changed, a request that goes: what is under way ends, and is told to who reads")
    func endings() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await Self.alarmed(folder)
        async let records = server.read("/v1/tail-requests/tr_1/events", count: 1, isMeant: Self.isWatch)
        try await server.waitForReaders(1)
        #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
        #expect(Self.told(try await records) == ["w_1 a ended removed"])
        let limits = try await server.send("GET", "/v1/status").json?["limits"]
        #expect(limits?["watchRecords"]?["limit"] == .integer(10_000))
        #expect(limits?["waitingWatches"]?["used"] == .integer(0))
        try await server.stop()
    }

    @Test("A tail without a request is alarmed as long as its connection lasts, and a slip is told")
    func temporary() async throws {
        try await TestServer.run { server in
            _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"job","time":"t"}"#)
            for (query, field) in [
                ("probability=2", "probability"), ("overdue=maybe", "overdue"),
                ("overdue=true&probability=1", "probability"), ("filter=event.t%20%3E%201&within=soon", "within"),
                ("filter=event.t%20%3E%201&within=", "within"), ("overdue=true&probability=", "probability"),
            ] {
                let answer = try await server.send("GET", "/v1/streams/s/tail?\(query)")
                #expect(answer.status == 400, "\(query)")
                #expect(answer.json?["field"] == .string(field), "\(query)")
            }
            async let records = server.read(
                "/v1/streams/s/tail?overdue=true&probability=.95", count: 2, isMeant: Self.isWatch)
            try await server.waitForReaders(1)
            _ = try await server.ingest("s", Self.together(0..<40) + Self.jobs("b", 40..<45) + Self.jobs("a", 45..<46))
            #expect(Self.told(try await records) == ["w_1 a overdue", "w_1 a resumed"])
        }
    }

    @Test("A warning ends over a killing as well, with the match or with its window")
    func within() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        func climb(_ range: Range<Int>) -> [String] {
            range.map { #"{"t":\#(Self.start + 60 * $0),"used":\#($0 % 100)}"# }
        }
        let first = try await TestServer.start(folder: folder)
        _ = try await first.send("PUT", "/v1/streams/s", #"{"time":"t"}"#)
        _ = try await first.send(
            "POST", "/v1/tail-requests",
            #"{"stream":"s","filter":"event.used > 90","predictions":false,"watch":{"within":"20m"}}"#)
        for start in stride(from: 0, to: 1_991, by: 181) {
            _ = try await first.ingest("s", climb(start..<start + 181))
        }
        let path = "/v1/tail-requests/tr_1/events?from=oldest"
        let before = try await first.read(
            path, count: 1,
            isMeant: {
                $0["state"] == .string("expected")
                    && $0["position"]?.string.flatMap { Position($0) } ?? .none > Position(sequence: 1_900)
            })
        let id = try #require(before.first?["id"]?.string)
        let image = try CrashImage.take(of: folder)
        defer { TestServer.remove(image) }
        try await first.stop()

        let server = try await TestServer.start(folder: image)
        _ = try await server.ingest("s", climb(1_991..<1_996))
        let records = try await server.read(path, count: 2, isMeant: { $0["id"] == .string(id) })
        #expect(records.map { $0["state"] } == [.string("expected"), .string("came")])
        #expect(records[1]["probability"] == records[0]["probability"])
        #expect(records[1]["window"] == records[0]["window"])
        #expect(records[1]["position"] == .string("0:2-1"))
        try await server.stop()
    }
}
#endif
