#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Testing

@testable import ForetailServer

/// Batches that a receiver did not take for as long as they were tried.
@Suite("Dead letters", .timeLimit(.minutes(20))) struct DeadLetterTests {
    private func adjust(_ configuration: inout ServerConfiguration) {
        WebhookDeliveryTests.adjust(&configuration)
        configuration.webhooks.retryForMicroseconds = 30_000
    }

    private func letters(_ server: TestServer, _ query: String = "") async throws -> [JSONValue] {
        try await server.send("GET", "/v1/dead-letters\(query)").json?["deadLetters"]?.elements ?? []
    }

    private func waitForLetters(_ server: TestServer, _ count: Int) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        for _ in 0..<6_000 {
            found = try await letters(server)
            if found.count == count, !found.contains(where: { $0["queued"] == .bool(true) }) { return found }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("\(found.count) dead letters, not \(count)")
        return found
    }

    @Test(
        "What is not taken in time is kept, goes on without it, and comes again when it is asked for, with its old id")
    func replay() async throws {
        let isUp = Flag()
        let receiver = try await TestReceiver.start { _, _ in isUp.value ? .status(200) : .status(500) }
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder, adjust: adjust)
        let body = WebhookDeliveryTests.body(receiver.url, #","batchRecords":10"#)
        _ = try await server.send("POST", "/v1/tail-requests", body)
        _ = try await server.ingest("s", Samples.events(0..<30))
        var found = try await waitForLetters(server, 3)
        #expect(found.map { $0["records"] } == Array(repeating: .integer(10), count: 3))
        #expect(found.map { $0["id"]?.string } == ["dl_1", "dl_2", "dl_3"])
        #expect(found[0]["reason"]?.string?.contains("500") == true)
        #expect(found[0]["first"] == .string("0:1-1"))
        #expect(try await letters(server, "?limit=1&after=dl_1").map { $0["id"]?.string } == ["dl_2"])
        #expect(try await letters(server, "?request=tr_2").isEmpty)
        let shown = try await server.send("GET", "/v1/dead-letters/dl_2").json
        #expect(shown?["events"]?.elements?.count == 10)
        let limits = try await server.send("GET", "/v1/status").json?["limits"]
        #expect(limits?["deadLetters"]?["used"] == .integer(3))
        // Asked for too soon: it stays, and says why.
        #expect(try await server.send("POST", "/v1/dead-letters/replay?request=tr_1").json?["queued"] == .integer(3))
        found = try await waitForLetters(server, 3)
        // Over a restart, too.
        try await server.stop()
        isUp.value = true
        server = try await TestServer.start(folder: folder, adjust: adjust)
        _ = try await server.ingest("s", Samples.events(30..<31))
        #expect(try await receiver.wait { WebhookDeliveryTests.values($0).contains(30) })
        let ids = Set(found.compactMap { $0["message"]?.string })
        #expect(try await server.send("DELETE", "/v1/dead-letters/dl_3").status == 204)
        let before = receiver.messages.count
        #expect(try await server.send("POST", "/v1/dead-letters/dl_2/replay").status == 202)
        _ = try await waitForLetters(server, 1)
        #expect(try await server.send("POST", "/v1/dead-letters/replay?request=tr_1").json?["queued"] == .integer(1))
        _ = try await waitForLetters(server, 0)
        let again = receiver.messages.dropFirst(before)
        #expect(again.map(\.id).allSatisfy(ids.contains))
        #expect(WebhookDeliveryTests.values(Array(again)) == (10..<20).map(Int64.init) + (0..<10).map(Int64.init))
        try await server.stop()
        await receiver.stop()
    }

    @Test(
        "Where there is no room for more, the webhook waits and nothing is lost; room lets it go on",
        arguments: [true, false])
    func full(isByCount: Bool) async throws {
        let receiver = try await TestReceiver.start { _, _ in .status(503) }
        try await TestServer.run(adjust: { configuration in
            adjust(&configuration)
            if isByCount {
                configuration.webhooks.deadLetters = 2
            } else {
                configuration.webhooks.deadLetterBytes = 4_000
            }
        }) { server in
            let body = WebhookDeliveryTests.body(receiver.url, #","batchRecords":5"#)
            _ = try await server.send("POST", "/v1/tail-requests", body)
            _ = try await server.ingest("s", Samples.events(0..<50))
            let paused = try await WebhookDeliveryTests.delivery(server) { $0?["state"] == .string("paused") }
            #expect(paused?["batch"] != nil)
            #expect(try await letters(server).count >= 2)
            #expect(try await server.send("DELETE", "/v1/dead-letters").status == 400)
            let count = try await letters(server).count
            #expect(
                try await server.send("DELETE", "/v1/dead-letters?request=all").json?["purged"]
                    == .integer(Int64(count)))
            _ = try await WebhookDeliveryTests.delivery(server) { $0?["deadLetters"]?.integer ?? 0 > Int64(count) }
        }
        await receiver.stop()
    }

    @Test("Dead letters outlive their tail request, and cannot be sent again then")
    func removed() async throws {
        let receiver = try await TestReceiver.start { _, _ in .status(500) }
        try await TestServer.run(adjust: adjust) { server in
            _ = try await server.send("POST", "/v1/tail-requests", WebhookDeliveryTests.body(receiver.url))
            _ = try await server.ingest("s", Samples.events(0..<5))
            _ = try await waitForLetters(server, 1)
            #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
            #expect(try await server.send("POST", "/v1/dead-letters/dl_1/replay").status == 409)
            #expect(try await server.send("GET", "/v1/dead-letters/dl_1").status == 200)
            #expect(try await server.send("DELETE", "/v1/dead-letters?request=tr_1").json?["purged"] == .integer(1))
            for path in ["dl_1", "dl_9", "dl_0", "dl_01", "x"] {
                #expect(try await server.send("GET", "/v1/dead-letters/\(path)").status == 404, "\(path)")
            }
            for query in ["after=7", "request=7", "limit=0", "colour=red"] {
                #expect(try await server.send("GET", "/v1/dead-letters?\(query)").status == 400, "\(query)")
            }
        }
        await receiver.stop()
    }
}
#endif
