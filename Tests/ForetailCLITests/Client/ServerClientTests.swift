#if Server
import ArgumentParser
import FieldExtraction
import Foretail
import Testing

@testable import ForetailCLI

@Suite("ServerClient") struct ServerClientTests {
    @Test("Waits double, are spread, and are never shorter than the server asks for")
    func delays() {
        let policy = RetryPolicy()
        #expect(policy.delay(attempt: 0, retryAfter: nil, random: 1) == 250_000)
        #expect(policy.delay(attempt: 0, retryAfter: nil, random: 0) == 125_000)
        #expect(policy.delay(attempt: 3, retryAfter: nil, random: 1) == 2_000_000)
        #expect(policy.delay(attempt: 1_000, retryAfter: nil, random: 1) == 10_000_000)
        #expect(policy.delay(attempt: 0, retryAfter: 5, random: 1) == 5_000_000)
        #expect(policy.delay(attempt: 0, retryAfter: .max, random: 1) == 60_000_000)
        #expect(policy.delay(attempt: 0, retryAfter: -5, random: 0) == 125_000)
    }

    @Test("A problem document is told with its remedy")
    func problem() async throws {
        let body = #"{"type":"urn:foretail:problem:limit","detail":"too many","remedy":"wait","requestId":"7"}"#
        let server = TinyServer([.init(429, body, headers: "retry-after: 7\r\n"), .init(502, "<html>")])
        let address = try ServerAddress(server.url)
        let first = await failure { try await ServerClient.with(address) { try await $0.get(["v1", "status"]) } }
        guard case .problem(let problem) = first else {
            Issue.record("\(String(describing: first))")
            return
        }
        #expect(problem.message == "too many; wait")
        #expect(problem.kind == "limit")
        #expect(problem.isPassing)
        #expect(first?.retryAfter == 7)
        #expect(server.asked.map(\.line) == ["GET /v1/status"])
        let second = await failure { try await ServerClient.with(address) { try await $0.get(["x"]) } }
        #expect(second?.message == "the server answered 502")
        #expect(second?.isPassing == true)
    }

    @Test("Without a server the failure says so, and that nothing was sent")
    func refused() async throws {
        let address = try ServerAddress("http://127.0.0.1:1")
        let failure = await failure { try await ServerClient.with(address) { try await $0.get(["v1"]) } }
        #expect(failure == .connection("connection refused", wasSent: false))
        #expect(failure?.error(at: address).message.contains("foretail serve") == true)
    }

    @Test("An answer that is no JSON is no server's")
    func foreign() async throws {
        let server = TinyServer([.init(200, "<html>hello</html>")])
        let address = try ServerAddress(server.url)
        let failure = await failure { try await ServerClient.with(address) { try await $0.get(["v1"]) } }
        #expect(failure?.message.contains("is this the address of a foretail server?") == true)
        #expect(failure?.isPassing == false)
    }

    @Test("A request's definition holds what was stated, and nothing else")
    func definition() throws {
        let least = try RequestCommand.Add.parse(["metrics"])
        #expect(try least.document(stream: "metrics", filter: nil).compact == #"{"stream":"metrics"}"#)
        let all = try RequestCommand.Add.parse([
            "metrics", "--steps", "3", "--predict", "cpu,http.status", "--tolerance", "cpu=2%", "--tolerance", "x=0.5",
            "--min-confidence", "0.8", "--announce", "every", "--to", "file:a/b.ndjson", "--rate-limit", "10", "--ttl",
            "5m",
            "--description", "why",
        ])
        #expect(
            try all.document(stream: "metrics", filter: .cel("event.cpu > 1")).compact
                == #"{"stream":"metrics","filter":"event.cpu > 1","destination":{"type":"file","path":"a/b.ndjson"},"steps":[1,2,3],"predict":["cpu","http.status"],"tolerance":{"cpu":"2.0%","x":0.5},"minConfidence":0.8,"announce":"every","ttl":"300000000us","rateLimit":10.0,"description":"why"}"#
        )
        #expect(throws: (any Error).self) { try RequestCommand.Add.parse(["m", "--to", "webhook"]) }
        #expect(throws: (any Error).self) { try RequestCommand.Add.parse(["m", "--no-predictions", "--steps", "2"]) }
        #expect(throws: (any Error).self) { try RequestCommand.Update.parse(["tr_1"]) }
        #expect(throws: (any Error).self) { try RequestCommand.Update.parse(["tr_1", "--all", "--filter", "true"]) }
    }

    private func failure(_ body: () async throws -> JSONValue) async -> ClientFailure? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? ClientFailure
        }
    }
}
#endif
