#if Server
import FieldExtraction
import Testing

@testable import ForetailServer

/// A server with two tenants, and tokens of every kind.
struct TokenServer: Sendable {
    let server: TestServer
    /// May everything.
    let root: String
    private(set) var tokens: [String: String] = [:]
    private(set) var ids: [String: String] = [:]

    /// Runs `body` with tenant a, who has the stream `a.s` with 20 events and the tail request tr_1, and tenant b.
    static func run(
        adjust: (inout ServerConfiguration) -> Void = { _ in }, _ body: (TokenServer) async throws -> Void
    ) async throws {
        try await TestServer.run(adjust: adjust) { server in
            let first = try await server.send(
                "POST", "/v1/tokens", #"{"name":"ops","scopes":["admin"],"streams":["*"]}"#)
            #expect(first.status == 201)
            var made = TokenServer(server: server, root: first.json?["token"]?.string ?? "")
            made.ids["root"] = first.json?["id"]?.string
            for (name, tenant, scopes) in [
                ("a", "a", #""read","write""#), ("b", "b", #""read","write","admin""#), ("reader", "a", #""read""#),
                ("writer", "a", #""write""#), ("boss", "a", #""admin""#),
            ] {
                try await made.add(name, #"{"name":"\#(tenant)","scopes":[\#(scopes)],"streams":["\#(tenant).*"]}"#)
            }
            #expect(try await made.ingest("a", "a.s", 0..<20).status == 200)
            #expect(try await made.send("a", "POST", "/v1/tail-requests", #"{"stream":"a.s"}"#).status == 201)
            try await body(made)
        }
    }

    init(server: TestServer, root: String) {
        self.server = server
        self.root = root
        tokens["root"] = root
    }

    /// Adds a token under a name of the test's.
    mutating func add(_ name: String, _ definition: String) async throws {
        let answer = try await send("root", "POST", "/v1/tokens", definition)
        #expect(answer.status == 201, "\(answer.text)")
        tokens[name] = answer.json?["token"]?.string
        ids[name] = answer.json?["id"]?.string
    }

    /// Sends a request with a token.
    func send(
        _ name: String, _ method: String, _ path: String, _ body: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> TestServer.Answer {
        try await server.send(
            method, path, body, headers: headers + [("Authorization", "Bearer \(tokens[name] ?? "")")])
    }

    /// Writes events with a token.
    func ingest(_ name: String, _ stream: String, _ range: Range<Int>) async throws -> TestServer.Answer {
        try await server.send(
            "POST", "/v1/streams/\(stream)/events", Samples.events(range).joined(separator: "\n"),
            type: "application/x-ndjson", headers: [("Authorization", "Bearer \(tokens[name] ?? "")")])
    }

    /// The header of a token.
    func header(_ name: String) -> (String, String) { ("Authorization", "Bearer \(tokens[name] ?? "")") }

    /// A route's path about what tenant a has.
    func path(_ route: Route) -> String {
        let id = route.template.hasPrefix("/v1/tokens") ? ids["a"] ?? "" : "tr_1"
        return route.template.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0 == "{name}" ? "a.s" : $0 == "{id}" ? id : String($0) }.joined(separator: "/")
    }
}
#endif
