#if Server
import FieldExtraction
import Foretail
import Foundation
import Testing

@testable import ForetailServer

/// Streams that are counted from others, on a real server.
@Suite("Counted streams", .timeLimit(.minutes(20))) struct CountedStreamTests {
    private static let start = 1_700_000_000

    /// Events of three statuses, out of order by up to ten seconds, with a pause.
    private static func access(_ range: Range<Int>) -> [String] {
        range.map { #"{"t":\#(time($0)),"status":\#(status($0))}"# }
    }

    private static func time(_ number: Int) -> Int {
        start + number * 3 - (number * 7_919) % 11 + (number >= 900 ? 700 : 0)
    }

    private static func status(_ number: Int) -> Int { [200, 404, 500][(number * 31 / 7) % 3] }

    /// What another program would count: per minute and status, zeros included, up to the last minute that is over.
    private static func recount(_ count: Int) -> [String: Int] {
        var first: [Int: Int] = [:]
        var counts: [String: Int] = [:]
        let last = (0..<count).map(time).max() ?? 0
        let end = (last - 10) / 60
        for number in 0..<count where status(number) >= 400 {
            let minute = time(number) / 60
            guard minute < end else { continue }
            first[status(number)] = min(first[status(number)] ?? minute, minute)
            counts["\((minute + 1) * 60) \(status(number))", default: 0] += 1
        }
        for (status, begin) in first {
            for minute in begin..<end { counts["\((minute + 1) * 60) \(status)", default: 0] += 0 }
        }
        return counts
    }

    private static let definition = #"""
        {"count":{"from":"access","every":"1m","by":["status"],"filter":"event.status >= 400","lateness":"10s",
        "clock":"event"}}
        """#

    private static func make(_ server: TestServer) async throws {
        _ = try await server.send("PUT", "/v1/streams/access", #"{"time":"t"}"#)
        let made = try await server.send("PUT", "/v1/streams/errors", definition)
        #expect(made.status == 201, "\(made.text)")
    }

    /// Waits until everything up to a position is counted.
    private static func wait(_ server: TestServer, for position: String) async throws {
        var status: JSONValue?
        for _ in 0..<6_000 {
            status = try await server.send("GET", "/v1/streams/errors").json
            if status?["counting"]?["position"] == .string(position) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("\(String(describing: status))")
    }

    private static func counts(_ server: TestServer) async throws -> (counts: [String: Int], lines: Int) {
        let records = try await server.read("/v1/streams/errors/history?limit=100000", count: 1_000_000)
        var counts: [String: Int] = [:]
        for record in records {
            let event = record["event"]
            let time = try #require(record["time"]?.string.flatMap { ISO8601DateFormatter().date(from: $0) })
            let status = event?["status"]?.integer ?? -1
            counts["\(Int(time.timeIntervalSince1970)) \(status)"] = Int(event?["count"]?.integer ?? -1)
        }
        return (counts, records.count)
    }

    @Test("The counts are those of a recount, each window once, over an orderly end and over killings")
    func recounted() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        try await Self.make(server)
        var position = ""
        for start in stride(from: 0, to: 600, by: 150) {
            position = try await server.ingest("access", Self.access(start..<start + 150)).json?["last"]?.string ?? ""
        }
        try await Self.wait(server, for: position)
        var found = try await Self.counts(server)
        #expect(found.counts == Self.recount(600))
        #expect(found.lines == found.counts.count)
        try await server.stop()

        server = try await TestServer.start(folder: folder)
        position = try await server.ingest("access", Self.access(600..<800)).json?["last"]?.string ?? ""
        try await Self.wait(server, for: position)
        let early = try CrashImage.take(of: folder)
        defer { TestServer.remove(early) }
        position = try await server.ingest("access", Self.access(800..<1_000)).json?["last"]?.string ?? ""
        try await Self.wait(server, for: position)
        let image = try CrashImage.take(of: folder)
        defer { TestServer.remove(image) }
        try await server.stop()
        // The counts of the last events were not written yet when it was killed.
        for name in ["errors.sqlite", "errors.sqlite-wal"] {
            let (old, new) = ("\(early)/streams/\(name)", "\(image)/streams/\(name)")
            try? FileManager.default.removeItem(atPath: new)
            if FileManager.default.fileExists(atPath: old) {
                try FileManager.default.copyItem(atPath: old, toPath: new)
            }
        }

        server = try await TestServer.start(folder: image)
        position = try await server.ingest("access", Self.access(1_000..<1_200)).json?["last"]?.string ?? ""
        try await Self.wait(server, for: position)
        found = try await Self.counts(server)
        #expect(found.counts == Self.recount(1_200))
        #expect(found.lines == found.counts.count, "each window once")
        let status = try await server.send("GET", "/v1/streams/errors").json
        #expect(status?["counting"]?["events"] == .integer(1_200))
        #expect(status?["counting"]?["late"] == .integer(0))
        try await server.stop()
    }

    @Test("Counts are tailed, filtered and watched as any events are; others are refused")
    func stream() async throws {
        try await TestServer.run { server in
            try await Self.make(server)
            let request = try await server.send(
                "POST", "/v1/tail-requests",
                #"{"stream":"errors","filter":"event.count > 5","watch":{"within":"5m"}}"#)
            #expect(request.status == 201, "\(request.text)")
            let slip = try await server.send(
                "POST", "/v1/tail-requests", #"{"stream":"errors","filter":"event.cout > 5"}"#)
            #expect(slip.status == 400)
            async let records = server.read("/v1/tail-requests/tr_1/events", count: 5)
            try await server.waitForReaders(1)
            _ = try await server.ingest("access", Self.access(0..<400))
            let many = Self.recount(400).filter { $0.value > 5 }
            #expect(many.count >= 5)
            for record in try await records {
                #expect(record["event"]?["count"]?.integer ?? 0 > 5)
                #expect(record["key"]?.string == record["event"]?["status"]?.integer.map(String.init))
            }
            let refused = try await server.ingest("errors", [#"{"count":7}"#])
            #expect(refused.status == 409)
            #expect(refused.json?["remedy"]?.string?.contains("write to 'access'") == true)
        }
    }

    @Test("A count of counts is counted; what is counted stays until that is gone")
    func chain() async throws {
        try await TestServer.run { server in
            try await Self.make(server)
            let chained = try await server.send(
                "PUT", "/v1/streams/windows", #"{"count":{"from":"errors","every":"1h"}}"#)
            #expect(chained.status == 201)
            for (name, status) in [
                ("access", 409), ("errors", 409), ("windows", 204), ("errors", 204), ("access", 204),
            ] {
                let answer = try await server.send("DELETE", "/v1/streams/\(name)")
                #expect(answer.status == status, "\(name): \(answer.text)")
            }
        }
    }

    @Test(
        "A count that cannot be is refused with its field",
        arguments: [
            (#"{"count":{"from":"none","every":"1m"}}"#, 404, "count.from"),
            (#"{"count":{"from":"x","every":"1m"}}"#, 400, "count.from"),
            (#"{"count":{"every":"1m"}}"#, 400, "count.from"), (#"{"count":{"from":"access"}}"#, 400, "count.every"),
            (#"{"count":{"from":"access","every":"1m","per":1}}"#, 400, "count.per"),
            (#"{"count":{"from":"access","every":"400d"}}"#, 400, "count"),
            (#"{"count":{"from":"access","every":"1m","filter":"event.a >"}}"#, 400, "count.filter"),
            (#"{"count":{"from":"access","every":"1m","by":["count"]}}"#, 400, "count"),
            (#"{"key":"k","count":{"from":"access","every":"1m"}}"#, 400, "key"),
            (#"{"time":"t","count":{"from":"access","every":"1m"}}"#, 400, "time"),
        ])
    func refusals(body: String, status: Int, field: String) async throws {
        try await TestServer.run(adjust: { $0.limits.countStreams = 1 }) { server in
            _ = try await server.send("PUT", "/v1/streams/access", #"{"time":"t"}"#)
            let answer = try await server.send("PUT", "/v1/streams/x", body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.json?["field"] == .string(field))
            #expect(try await server.send("GET", "/v1/streams/x").status == 404)
        }
    }

    @Test("Streams of counts have a limit, and what they count cannot be changed")
    func limit() async throws {
        try await TestServer.run(adjust: { $0.limits.countStreams = 1 }) { server in
            try await Self.make(server)
            #expect(try await server.send("PUT", "/v1/streams/errors", Self.definition).status == 200)
            let other = try await server.send(
                "PUT", "/v1/streams/errors", #"{"count":{"from":"access","every":"2m"}}"#)
            #expect(other.status == 409)
            let second = try await server.send(
                "PUT", "/v1/streams/more", #"{"count":{"from":"access","every":"1m"}}"#)
            #expect(second.status == 429)
            #expect(second.json?["limit"] == .string("limits.countStreams"))
            let limits = try await server.send("GET", "/v1/status").json?["limits"]
            #expect(limits?["countStreams"]?["used"] == .integer(1))
        }
    }
}
#endif
