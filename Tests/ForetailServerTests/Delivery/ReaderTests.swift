#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

/// Readers of a real server over loopback.
@Suite("Readers", .timeLimit(.minutes(20))) struct ReaderTests {
    @Test("A reader gets what matches, resumes exactly after a position, and sees a filter change at its position")
    func tail() async throws {
        try await TestServer.run { server in
            let registered = try await server.send(
                "POST", "/v1/tail-requests", #"{"stream":"s","filter":"event.v % 2 == 0"}"#)
            #expect(registered.status == 201)
            #expect(registered.headers["location"] == "/v1/tail-requests/tr_1")
            _ = try await server.ingest("s", Samples.events(0..<1_000))
            let patched = try await server.send("PATCH", "/v1/tail-requests/tr_1", #"{"filter":"event.v % 2 == 1"}"#)
            #expect(patched.json?["inForceAfter"] == .string("0:1-1000"))
            _ = try await server.ingest("s", Samples.events(1_000..<2_000))
            let path = "/v1/tail-requests/tr_1/events"
            let all = try await server.read(path + "?from=oldest", count: 1_000)
            let expected = (0..<1_000).filter { $0 % 2 == 0 } + (1_000..<2_000).filter { $0 % 2 == 1 }
            #expect(all.map { $0["event"]?["v"]?.integer } == expected.map(Int64.init))
            let cursor = try #require(all[700]["position"]?.string)
            let rest = try await server.read(path, headers: [("Last-Event-ID", cursor)], count: 299)
            #expect(rest.map { $0["position"]?.string } == all[701...].map { $0["position"]?.string })
        }
    }

    @Test("A live reader crosses from the log to memory without a gap or a duplicate")
    func live() async throws {
        try await TestServer.run(adjust: { $0.delivery.feedBytes = 4_096 }) { server in
            _ = try await server.ingest("s", Samples.events(0..<500))
            async let records = server.read("/v1/streams/s/tail?from=oldest", count: 5_000)
            for start in stride(from: 500, to: 5_000, by: 100) {
                _ = try await server.ingest("s", Samples.events(start..<start + 100))
            }
            #expect(try await records.map { $0["event"]?["v"]?.integer } == (0..<5_000).map(Int64.init))
        }
    }

    @Test("Streams beyond the limit of open logs rest and come back, with readers attached, without a gap")
    func openLogs() async throws {
        try await TestServer.run(adjust: { $0.limits.openLogs = 2 }) { server in
            _ = try await server.ingest("s", Samples.events(0..<10))
            async let records = server.read(
                "/v1/streams/s/tail?from=oldest", count: 40, isMeant: { $0["kind"] != .string("heartbeat") })
            try await server.waitForReaders(1)
            for round in 1..<4 {
                for other in 0..<6 { _ = try await server.ingest("other-\(other)", Samples.events(0..<5)) }
                let limit = try await server.send("GET", "/v1/status").json?["limits"]?["openLogs"]
                #expect(limit?["limit"] == .integer(2))
                #expect((1...4).contains(limit?["used"]?.integer ?? 0), "\(String(describing: limit))")
                _ = try await server.ingest("s", Samples.events(round * 10..<round * 10 + 10))
            }
            #expect(try await records.map { $0["position"] } == (1...40).map { .string("0:1-\($0)") })
            for other in 0..<6 {
                let page = try await server.send("GET", "/v1/streams/other-\(other)/history")
                #expect(page.text.split(separator: "\n").count == 15)
                #expect(page.text.contains(#""position":"0:1-15""#))
            }
        }
    }

    @Test("Readers of a removed stream are told so")
    func removedStream() async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Samples.events(0..<3))
            var reader = try await server.open("/v1/streams/s/tail?from=oldest")
            #expect(try await reader.next(3).count == 3)
            #expect(try await server.send("DELETE", "/v1/streams/s").status == 204)
            #expect(try await reader.next() == nil)
            #expect(reader.end?["reason"] == .string("removed"))
        }
    }

    @Test("HEAD of a stream of records ends, and attaches no reader")
    func headOfTail() async throws {
        try await TestServer.run { server in
            _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s"}"#)
            for path in ["/v1/streams/s/tail?filter=event.v%3E1", "/v1/tail-requests/tr_1/events?ahead=true"] {
                let head = try await server.send("HEAD", path)
                #expect(head.status == 200)
                #expect(head.text.isEmpty)
                #expect(head.headers["content-type"] == "text/event-stream")
            }
            #expect(try await server.send("HEAD", "/v1/streams/s/tail?filter=event.v%3E").status == 400)
            #expect(try await server.send("HEAD", "/v1/streams/s/events").status == 405)
            let limits = try await server.send("GET", "/v1/status").json?["limits"]
            #expect(limits?["subscribers"]?["used"] == .integer(0))
        }
    }

    @Test("Readers beyond the limit are told the limit, what is used and what to do")
    func readerLimit() async throws {
        try await TestServer.run(adjust: { $0.limits.subscribers = 1 }) { server in
            _ = try await server.send("PUT", "/v1/streams/s", "{}")
            let first = Task { try await server.read("/v1/streams/s/tail", count: 1) }
            var refused: TestServer.Answer?
            for _ in 0..<500 where refused?.status != 429 {
                if try await server.send("GET", "/v1/status").json?["limits"]?["subscribers"]?["used"] == .integer(1) {
                    refused = try await server.send("GET", "/v1/streams/s/tail")
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(refused?.status == 429)
            #expect(refused?.json?["limit"] == .string("limits.subscribers"))
            #expect(refused?.json?["maximum"] == .integer(1))
            _ = try await server.ingest("s", Samples.events(0..<1))
            #expect(try await first.value.count == 1)
        }
    }

    @Test("Readers that left before they were answered, or in silence, are gone at once")
    func readersThatLeave() async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Samples.events(0..<1))
            for number in 0..<200 {
                // Cut with the request out: as a rule before the head of the answer is written.
                try server.cut("GET /v1/streams/s/tail HTTP/1.1\r\nHost: localhost\r\n\r\n", isReset: number % 2 == 0)
            }
            try await server.waitForReaders(0)
        }
    }

    @Test("Readers of a removed tail request are told so, and one that comes later finds none")
    func removedRequest() async throws {
        try await TestServer.run { server in
            _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s"}"#)
            _ = try await server.ingest("s", Samples.events(0..<3))
            async let end = server.read(
                "/v1/tail-requests/tr_1/events?from=oldest", count: 4, isMeant: { $0["kind"] != .string("heartbeat") })
            try await server.waitForReaders(1)
            #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
            #expect(try await end.last?["reason"] == .string("removed"))
            #expect(try await server.send("GET", "/v1/tail-requests/tr_1/events").status == 404)
        }
    }

    @Test("A reader hears of a long past in which nothing matches, and of where it is")
    func silentPast() async throws {
        try await TestServer.run(adjust: { $0.delivery.heartbeatMicroseconds = 1 }) { server in
            _ = try await server.ingest("s", Samples.events(0..<10_000))
            let records = try await server.read(
                "/v1/streams/s/tail?filter=event.v%20%3C%200&from=oldest", count: 2, isMeant: { _ in true })
            #expect(records.allSatisfy { $0["kind"] == .string("heartbeat") && $0["cursor"] != nil }, "\(records)")
        }
    }

    @Test("A silent reader's cursor moves over what does not match")
    func silentCursor() async throws {
        try await TestServer.run(adjust: { $0.delivery.heartbeatMicroseconds = 1_000 }) { server in
            _ = try await server.ingest("s", Samples.events(0..<10))
            async let heartbeat = server.read("/v1/streams/s/tail?filter=event.v%20%3C%200", count: 1) {
                $0["cursor"] == .string("0:1-110")
            }
            try await server.waitForReaders(1)
            _ = try await server.ingest("s", Samples.events(10..<110))
            #expect(try await heartbeat.count == 1)
        }
    }

    @Test("A rate limit counts matched events alone: what the filter passes by costs nothing")
    func rateLimit() async throws {
        try await TestServer.run { server in
            let body = #"{"stream":"s","filter":"event.v >= 1990","predictions":false,"rateLimit":10}"#
            _ = try await server.send("POST", "/v1/tail-requests", body)
            _ = try await server.ingest("s", Samples.events(0..<2_000))
            // A second's worth may go at once: ten matches do, although two thousand events were looked at.
            let clock = ContinuousClock()
            let begun = clock.now
            #expect(try await server.read("/v1/tail-requests/tr_1/events?from=oldest", count: 10).count == 10)
            // Had all been counted, it would have taken 200 s.
            #expect(clock.now - begun < .seconds(100))
        }
    }

    @Test("Readers are told the end and where to go on")
    func shutdown() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder)
        _ = try await server.ingest("s", Samples.events(0..<5))
        async let end = server.read(
            "/v1/streams/s/tail?from=oldest", count: 6, isMeant: { $0["kind"] != .string("heartbeat") })
        try await Task.sleep(for: .milliseconds(300))
        try await server.stop()
        let records = try await end
        #expect(records.last?["kind"] == .string("end"))
        #expect(records.last?["cursor"] == .string("0:1-5"))
    }
}
#endif
