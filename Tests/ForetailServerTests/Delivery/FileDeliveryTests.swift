#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

/// Deliveries to files, of a real server over loopback.
@Suite("File delivery", .timeLimit(.minutes(20))) struct FileDeliveryTests {
    @Test("A file gets every match once, through a restart and a torn record")
    func file() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        let body = #"{"stream":"s","predictions":false,"destination":{"type":"file","path":"a/out.ndjson"}}"#
        _ = try await server.send("POST", "/v1/tail-requests", body)
        _ = try await server.ingest("s", Samples.events(0..<500))
        let path = "\(folder)/files/a/out.ndjson"
        try await waitForLines(500, in: path)
        try await server.stop()
        // A crash in the middle of a write leaves half a record.
        try append(#"{"kind":"event","requ"#, to: path)
        server = try await TestServer.start(folder: folder)
        _ = try await server.ingest("s", Samples.events(500..<800))
        try await waitForLines(800, in: path)
        let values = lines(of: path).map { try? JSONValue(parsing: Array($0.utf8))["event"]?["v"]?.integer }
        #expect(values == (0..<800).map { Int64($0) })
        try await server.stop()
    }

    @Test("A delivery to a file says how far it is, and when it fails, why and when it goes on")
    func delivery() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        // A file stands where a folder has to be.
        let blocker = "\(folder)/files/a"
        let server = try await TestServer.start(folder: folder)
        try append("", to: blocker)
        let destination = #""destination":{"type":"file","path":"a/b"}"#
        let body = #"{"stream":"s","filter":"event.v < 9","predictions":false,\#(destination)}"#
        _ = try await server.send("POST", "/v1/tail-requests", body)
        _ = try await server.ingest("s", Samples.events(0..<12))
        let failing = try await delivery(server) { $0?["lag"] == .integer(12) && $0?["failures"] != .integer(0) }
        #expect(failing?["state"] == .string("retrying"))
        #expect(failing?["position"] == nil)
        #expect(failing?["lastProblem"]?["detail"]?.string?.contains("files/a") == true)
        #expect(failing?["lastProblem"]?["remedy"]?.string?.isEmpty == false)
        #expect(failing?["retryAt"]?.string != nil)
        let metrics = try await server.send("GET", "/metrics").text
        #expect(metrics.contains("foretail_delivery_retrying{request=\"tr_1\"} 1\n"))
        #expect(metrics.contains("foretail_delivery_lag_events{request=\"tr_1\"} 12\n"))

        TestServer.remove(blocker)
        let mended = try await delivery(server) { $0?["state"] == .string("current") }
        #expect(mended?["position"] == .string("0:1-9"), "the last event that matches")
        #expect(mended?["lag"] == .integer(0), "those behind it were looked at")
        #expect(mended?["written"] == .integer(9))
        #expect(mended?["retryAt"] == nil)
        #expect(mended?["lastProblem"]?["time"]?.string != nil)
        #expect(
            try await server.send("GET", "/metrics").text.contains(
                "foretail_delivery_records_total{request=\"tr_1\"} 9\n"))
        try await server.stop()
    }

    private func delivery(_ server: TestServer, until isMeant: (JSONValue?) -> Bool) async throws -> JSONValue? {
        var delivery: JSONValue?
        for _ in 0..<2_000 {
            delivery = try await server.send("GET", "/v1/tail-requests/tr_1").json?["delivery"]
            if isMeant(delivery) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        return delivery
    }

    @Test("Two tail requests do not write one file, and a later one begins its own in it")
    func sharedFile() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder)
        func body(_ stream: String) -> String {
            #"{"stream":"\#(stream)","predictions":false,"destination":{"type":"file","path":"out.ndjson"}}"#
        }
        _ = try await server.send("POST", "/v1/tail-requests", body("a"))
        _ = try await server.ingest("a", Samples.events(0..<50))
        try await waitForLines(50, in: "\(folder)/files/out.ndjson")
        let refused = try await server.send("POST", "/v1/tail-requests", body("b"))
        #expect(refused.status == 409)
        #expect(refused.json?["field"] == .string("destination.path"))
        #expect(try await server.send("GET", "/v1/streams/b").status == 404, "a refusal makes no stream")
        #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
        #expect(try await server.send("POST", "/v1/tail-requests", body("b")).status == 201)
        // Its last record is far ahead of this stream, and of another one.
        _ = try await server.ingest("b", Samples.events(0..<20))
        try await waitForLines(70, in: "\(folder)/files/out.ndjson")
        let values = lines(of: "\(folder)/files/out.ndjson").suffix(20).map {
            try? JSONValue(parsing: Array($0.utf8))["event"]?["v"]?.integer
        }
        #expect(values == (0..<20).map { Int64($0) })
        try await server.stop()
    }

    @Test("A file's cursor moves over what does not match, so that retention leaves no gap there")
    func fileCursor() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder) { configuration in
            configuration.delivery.heartbeatMicroseconds = 1_000
            configuration.delivery.tickMicroseconds = 1_000
        }
        let body = #"{"stream":"s","filter":"event.v < 0","destination":{"type":"file","path":"out.ndjson"}}"#
        _ = try await server.send("POST", "/v1/tail-requests", body)
        _ = try await server.ingest("s", Samples.events(0..<40))
        let catalogue = try Catalogue(path: "\(folder)/catalogue.sqlite")
        var cursor: Position?
        for _ in 0..<1_000 {
            cursor = try catalogue.cursor(of: 1)
            if cursor == Position(sequence: 40) { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(cursor == Position(sequence: 40))
        try catalogue.close()
        try await server.stop()
    }

    private func waitForLines(_ count: Int, in path: String) async throws {
        for _ in 0..<2_000 where lines(of: path).count < count { try await Task.sleep(for: .milliseconds(5)) }
        #expect(lines(of: path).count == count)
    }
}
#endif
