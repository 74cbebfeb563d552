#if Server
import FieldExtraction
import Logging
import Testing

@testable import ForetailServer

@Suite("Record of control calls", .timeLimit(.minutes(20))) struct AuditLogTests {
    private func entry(object: String? = nil) -> AuditLog.Entry {
        AuditLog.Entry(
            time: Timestamp(microseconds: 1_767_225_600_000_000), requestID: "r1", token: "tk_1a2b3c4d5e", tenant: "a",
            address: "127.0.0.1", method: "DELETE", route: "/v1/streams/{name}", object: object, status: 204)
    }

    @Test("A line is one JSON object of ASCII, whatever stands in a name")
    func line() throws {
        let object = "x\n{\"token\":\"forged\"}\r\u{1B}[2J\u{7F}\u{85}\u{2028}\u{202E}ä\u{1F600}\""
        let line = AuditLog.line(entry(object: object))
        #expect(line.count { $0 == 0x0A } == 1 && line.last == 0x0A)
        #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        let read = try JSONValue(parsing: Array(line.dropLast()))
        #expect(read["object"] == .string(object))
        #expect(read["token"] == .string("tk_1a2b3c4d5e") && read["status"] == .integer(204))
        let long = try JSONValue(
            parsing: Array(AuditLog.line(entry(object: String(repeating: "a", count: 10_000))).dropLast()))
        #expect(long["object"]?.string?.utf8.count ?? 0 < 300)
    }

    @Test("Files follow one another, and the oldest goes")
    func rotation() async {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var settings = AuditSettings()
        settings.fileBytes = 1_000
        settings.files = 3
        let log = AuditLog(folder: folder, settings: settings, logger: Logger(label: "test"))
        for number in 0..<40 { await log.write(entry(object: "n\(number)")) }
        let texts = ["audit.ndjson", "audit.1.ndjson", "audit.2.ndjson"].map {
            lines(of: "\(folder)/\($0)").joined(separator: "\n")
        }
        #expect(texts.allSatisfy { !$0.isEmpty && $0.utf8.count < 1_000 })
        #expect(texts[0].contains(#""n39""#) && !texts[2].contains(#""n39""#))
        #expect(lines(of: "\(folder)/audit.3.ndjson").isEmpty)
    }

    @Test("What changes something is recorded, and what was refused; no secret and no body")
    func calls() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder)
        let made = try await server.send("POST", "/v1/tokens", #"{"name":"ops","scopes":["admin"],"streams":["*"]}"#)
        let token = try #require(made.json?["token"]?.string)
        let id = try #require(made.json?["id"]?.string)
        let header = ("Authorization", "Bearer \(token)")
        _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"hidden-key"}"#, headers: [header])
        _ = try await server.send("GET", "/v1/streams/s", headers: [header])
        _ = try await server.send("DELETE", "/v1/streams/x%0A%1B%5B2J", headers: [header])
        _ = try await server.send("GET", "/v1/streams/s/tail?ticket=tt_guess")
        _ = try await server.send("GET", "/v1/streams")
        try await server.stop()
        let text = lines(of: "\(folder)/audit.ndjson").joined(separator: "\n")
        let calls = try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(
            calls.map { "\($0["method"]?.string ?? "") \($0["route"]?.string ?? "") \($0["status"]?.integer ?? 0)" }
                == [
                    "POST /v1/tokens 201", "PUT /v1/streams/{name} 201", "DELETE /v1/streams/{name} 400",
                    "GET /v1/streams/{name}/tail 401", "GET /v1/streams 401",
                ], "\(text)")
        #expect(calls.dropFirst().prefix(2).allSatisfy { $0["token"] == .string(id) && $0["tenant"] == .string("ops") })
        #expect(calls.allSatisfy { $0["address"] == .string("127.0.0.1") && $0["request"] != nil })
        #expect(calls[2]["object"] == .string("x\n\u{1B}[2J") && calls[3]["token"] == nil)
        #expect(!text.contains(token) && !text.contains("hidden-key") && !text.contains("tt_guess"))
    }
}
#endif
