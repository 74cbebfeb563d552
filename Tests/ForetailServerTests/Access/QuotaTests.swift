#if Server
import FieldExtraction
import Testing

@testable import ForetailServer

@Suite("Quotas", .timeLimit(.minutes(20))) struct QuotaTests {
    private func run(
        _ quotas: String, scopes: String = #""read","write""#, _ body: (TokenServer) async throws -> Void
    ) async throws {
        try await TokenServer.run { setup in
            var setup = setup
            try await setup.add(
                "q", #"{"name":"q","scopes":[\#(scopes)],"streams":["q.*"],"quotas":{\#(quotas)}}"#)
            try await body(setup)
        }
    }

    private func isOver(_ answer: TestServer.Answer, _ name: String) -> Bool {
        answer.status == 429 && answer.json?["limit"] == .string("quotas.\(name)")
            && answer.json?["type"] == .string("urn:foretail:problem:quota")
            && (answer.headers["retry-after"].flatMap { Int($0) } ?? 0) >= 1
    }

    @Test("Events over the rate are refused, with the line up to which they were taken")
    func events() async throws {
        try await run(#""events":10"#) { setup in
            let first = try await setup.ingest("q", "q.s", 0..<5_000)
            #expect(first.status == 200, "a rate may be overdrawn once: \(first.text)")
            let second = try await setup.ingest("q", "q.s", 0..<1)
            #expect(isOver(second, "events") && second.json?["accepted"] == .integer(0), "\(second.text)")
            #expect((second.headers["retry-after"].flatMap { Int($0) } ?? 0) > 60)
            // A large body goes in parts: the first is durable, and the answer says how much that is.
            var setup = setup
            try await setup.add(
                "r", #"{"name":"r","scopes":["read","write"],"streams":["r.*"],"quotas":{"bytes":1000}}"#)
            let large = try await setup.ingest("r", "r.s", 0..<20_000)
            #expect(isOver(large, "bytes"), "\(large.text)")
            let accepted = try #require(large.json?["accepted"]?.integer)
            #expect(accepted > 0 && accepted < 20_000)
            #expect(large.json?["remedy"]?.string?.contains("up to line \(accepted) is durable") == true)
            let used = try await setup.send("r", "GET", "/v1/tokens/\(setup.ids["r"] ?? "")").json?["used"]
            #expect(used?["events"] == .integer(accepted) && used?["refused"] == .integer(1))
            // The other tenant is not held up.
            #expect(try await setup.ingest("a", "a.s", 20..<40).status == 200)
            let text = try await setup.send("root", "GET", "/metrics").text
            #expect(text.contains("foretail_token_refused_total{token=\"\(setup.ids["r"] ?? "")\",tenant=\"r\"} 1"))
        }
    }

    @Test("Calls over the rate are refused")
    func calls() async throws {
        try await run(#""calls":1"#) { setup in
            var statuses: [Int] = []
            for _ in 0..<50 { statuses.append(try await setup.send("q", "GET", "/v1/streams").status) }
            #expect(statuses.first == 200 && statuses.contains(429) && Set(statuses) == [200, 429])
        }
    }

    @Test("Streams, tail requests, readers and filters are counted by tenant, and have room again")
    func counts() async throws {
        try await run(
            #""streams":1,"requests":2,"readers":1,"filterBytes":20"#, scopes: #""read","write","admin""#
        ) { setup in
            #expect(try await setup.ingest("q", "q.s", 0..<3).status == 200)
            do {
                let answer = try await setup.ingest("q", "q.t", 0..<3)
                #expect(isOver(answer, "streams"))
            }
            do {
                let answer = try await setup.send("q", "PUT", "/v1/streams/q.u", "{}")
                #expect(isOver(answer, "streams"))
            }
            let request = #"{"stream":"q.s","predictions":false}"#
            var ids: [String] = []
            for _ in 0..<2 {
                ids.append(try await setup.send("q", "POST", "/v1/tail-requests", request).json?["id"]?.string ?? "")
            }
            do {
                let answer = try await setup.send("q", "POST", "/v1/tail-requests", request)
                #expect(isOver(answer, "requests"))
            }
            #expect(try await setup.send("q", "DELETE", "/v1/tail-requests/\(ids[0])").status == 204)
            let filter = #"{"stream":"q.s","filter":"event.v > 1000000000000"}"#
            do {
                let answer = try await setup.send("q", "POST", "/v1/tail-requests", filter)
                #expect(isOver(answer, "filterBytes"))
            }
            let history = try await setup.send("q", "GET", "/v1/streams/q.s/history?filter=event.v%3E1000000000000")
            #expect(isOver(history, "filterBytes"))
            let last = try await setup.send("q", "POST", "/v1/tail-requests", request)
            #expect(last.status == 201, "\(last.text)")
            let reader = try await setup.server.open("/v1/streams/q.s/tail", headers: [setup.header("q")])
            do {
                let answer = try await setup.send("q", "GET", "/v1/streams/q.s/tail")
                #expect(isOver(answer, "readers"))
            }
            withExtendedLifetime(reader) {}
            // Removed with its stream: everything has room again.
            #expect(try await setup.send("q", "DELETE", "/v1/streams/q.s").status == 204)
            #expect(try await setup.ingest("q", "q.t", 0..<3).status == 200)
            let used = try await setup.send("q", "GET", "/v1/tokens/\(setup.ids["q"] ?? "")").json?["used"]
            #expect(used?["requests"] == .integer(0) && used?["streams"] == .integer(1))
        }
    }
}
#endif
