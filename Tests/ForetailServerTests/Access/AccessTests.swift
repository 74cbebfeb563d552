#if Server
import FieldExtraction
import ForetailSQLite
import HTTPTypes
import Testing

@testable import ForetailServer

/// Every route with the wrong tokens, against a real server.
@Suite("Access", .timeLimit(.minutes(20))) struct AccessTests {
    private func isKind(_ answer: TestServer.Answer, _ status: Int, _ kind: String) -> Bool {
        answer.status == status && answer.json?["type"] == .string("urn:foretail:problem:\(kind)")
            && answer.headers["content-type"] == "application/problem+json"
    }

    @Test("Without a token all is open; from the first one on nothing is, and not again when it is revoked")
    func opening() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        #expect(try await server.send("GET", "/v1/streams").status == 200)
        let made = try await server.send(
            "POST", "/v1/tokens", #"{"name":"ops","scopes":["admin"],"streams":["*"]}"#)
        #expect(made.status == 201 && made.headers["cache-control"] == "no-store")
        let token = try #require(made.json?["token"]?.string)
        let id = try #require(made.json?["id"]?.string)
        #expect(made.headers["location"] == "/v1/tokens/\(id)")
        #expect(try await server.send("GET", "/v1/streams").status == 401)
        let header = ("Authorization", "Bearer \(token)")
        #expect(try await server.send("GET", "/v1/streams", headers: [header]).status == 200)
        #expect(
            try await server.send("GET", "/v1/streams", headers: [("authorization", "bearer \(token)")]).status == 200)
        // Nowhere shown again.
        for path in ["/v1/tokens", "/v1/tokens/\(id)", "/metrics", "/v1/status"] {
            let text = try await server.send("GET", path, headers: [header]).text
            #expect(!text.contains(token) && !text.contains(String(token.suffix(64))), "\(path)")
        }
        try await server.stop()
        server = try await TestServer.start(folder: folder)
        #expect(try await server.send("GET", "/v1/streams").status == 401)
        #expect(try await server.send("DELETE", "/v1/tokens/\(id)", headers: [header]).status == 204)
        #expect(try await server.send("GET", "/v1/streams", headers: [header]).status == 401)
        #expect(try await server.send("GET", "/v1/streams").status == 401)
        try await server.stop()
    }

    @Test("What another program writes to the catalogue is in force without a restart")
    func foreign() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder)
        #expect(try await server.send("GET", "/v1/streams").status == 200)
        let catalogue = try Catalogue(path: "\(folder)/catalogue.sqlite")
        let secret = TokenSecret.random()
        let definition = try TokenDefinition(name: "ops", scopes: [.admin], streams: [.all])
        try catalogue.addToken(secret.stored(definition, created: ServerClock().now()))
        let header = [("Authorization", "Bearer \(secret.text)")]
        func wait(for status: Int) async throws {
            var last = 0
            for _ in 0..<6_000 {
                last = try await server.send("GET", "/v1/tokens/\(secret.id)", headers: header).status
                if last == status { return }
                try await Task.sleep(for: .milliseconds(10))
            }
            Issue.record("\(last), not \(status)")
        }
        try await wait(for: 200)
        #expect(try await server.send("GET", "/v1/streams").status == 401)
        try catalogue.revokeToken(secret.id, at: ServerClock().now())
        try await wait(for: 401)
        try catalogue.close()
        try await server.stop()
    }

    @Test("Where tokens are demanded nothing is open before the first")
    func demanded() async throws {
        try await TestServer.run(adjust: { $0.requiresTokens = true }) { server in
            let live = try await server.send("GET", "/health/live")
            #expect(live.status == 200)
            let ready = try await server.send("GET", "/health/ready")
            #expect(ready.status == 401)
            let made = try await server.send(
                "POST", "/v1/tokens", #"{"name":"a","scopes":["admin"],"streams":["*"]}"#)
            #expect(made.status == 401)
        }
    }

    @Test("Every route wants a token, and a right one, but that which says that the server lives")
    func tokens() async throws {
        try await TokenServer.run { setup in
            let right = setup.root
            let strange = TokenSecret.random().text
            let headers: [[(String, String)]] = [
                [], [("Authorization", "")], [("Authorization", "Bearer")], [("Authorization", "Bearer ")],
                [("Authorization", "Bearer \(strange)")], [("Authorization", "Basic \(right)")],
                [("Authorization", right)], [("Authorization", "Bearer \(right)0")],
                [("Authorization", "Bearer \(right)"), ("Authorization", "Bearer \(strange)")],
                // The right id with another secret.
                [("Authorization", "Bearer \(right.prefix(14))\(strange.suffix(64))")],
            ]
            for route in Route.all where route != .live {
                for method in route.methods {
                    for (place, header) in headers.enumerated() {
                        let answer = try await setup.server.send(
                            method.rawValue, setup.path(route), method == .get ? nil : "{}", headers: header)
                        #expect(
                            isKind(answer, 401, "unauthenticated"),
                            "\(method.rawValue) \(route.template), header \(place): \(answer.text)")
                        #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
                    }
                }
            }
            #expect(try await setup.server.send("GET", "/health/live").status == 200)
            // Not even which paths there are.
            do {
                let answer = try await setup.server.send("GET", "/nowhere")
                #expect(isKind(answer, 401, "unauthenticated"))
            }
            do {
                let answer = try await setup.server.send("POST", "/v1/status")
                #expect(isKind(answer, 401, "unauthenticated"))
            }
            #expect(try await setup.server.send("HEAD", "/v1/streams").status == 401)
        }
    }

    @Test("Every route wants its scopes")
    func scopes() async throws {
        try await TokenServer.run { setup in
            for route in Route.all {
                for method in route.methods {
                    let lacking: [String]
                    switch route.need(method) {
                    case .nothing, .token: lacking = []
                    case .everything: lacking = ["a", "b", "reader", "writer", "boss"]
                    case .scopes(let scopes):
                        lacking =
                            (scopes.contains(.read) || scopes.contains(.admin) ? ["writer"] : [])
                            + (scopes.contains(.write) || scopes.contains(.admin) ? ["reader"] : [])
                            + (scopes.contains(.admin) ? ["a"] : [])
                    }
                    for name in lacking {
                        let answer = try await setup.send(
                            name, method.rawValue, setup.path(route), method == .get ? nil : "{}")
                        #expect(
                            isKind(answer, 403, "forbidden"),
                            "\(name) \(method.rawValue) \(route.template): \(answer.text)")
                    }
                }
            }
        }
    }

    @Test("What belongs to others is not there: the answer is that for what nobody has")
    func streams() async throws {
        try await TokenServer.run { setup in
            for route in Route.all where route.subject != .nothing {
                let there = setup.path(route)
                let nowhere = there.replacingPart("a.s", "a.none").replacingPart("tr_1", "tr_9")
                for method in route.methods {
                    // What would create it elsewhere is asked for below.
                    let body = method == .get ? nil : "{}"
                    let answer = try await setup.send("b", method.rawValue, there, body)
                    #expect(answer.status == 404, "\(method.rawValue) \(there): \(answer.status) \(answer.text)")
                    guard method == .get else { continue }
                    let none = try await setup.send("b", method.rawValue, nowhere, body)
                    #expect(answer.json?["type"] == none.json?["type"] && none.status == 404, "\(nowhere)")
                }
            }
            // Neither read nor made through what names it.
            for (path, body) in [
                ("/v1/tail-requests", #"{"stream":"a.s"}"#), ("/v1/tail-requests", #"{"stream":"a.new"}"#),
                ("/v1/tickets", #"{"stream":"a.s"}"#), ("/v1/tickets", #"{"request":"tr_1"}"#),
            ] {
                #expect(try await setup.send("b", "POST", path, body).status == 404, "\(path) \(body)")
            }
            let count = #"{"count":{"from":"a.s","every":"1m"}}"#
            let derived = try await setup.send("b", "PUT", "/v1/streams/b.counts", count)
            #expect(derived.status == 404 && derived.json?["field"] == .string("count.from"), "\(derived.text)")
            #expect(try await setup.send("b", "PUT", "/v1/streams/a.new", "{}").status == 404)
            #expect(try await setup.ingest("b", "a.new", 0..<1).status == 404)
            #expect(try await setup.send("root", "GET", "/v1/streams/a.new").status == 404, "nothing was made")
            // Lists, status and metrics say nothing of it.
            for path in ["/v1/streams", "/v1/tail-requests", "/v1/dead-letters", "/metrics", "/v1/status"] {
                let text = try await setup.send("b", "GET", path).text
                #expect(!text.contains("a.s") && !text.contains("tr_1"), "\(path): \(text)")
            }
            #expect(try await setup.send("a", "GET", "/v1/streams").text.contains("a.s"))
            #expect(try await setup.send("a", "GET", "/metrics").text.contains(#"stream="a.s""#))
            #expect(try await setup.send("a", "GET", "/v1/status").json?["dataFolder"] == nil)
            #expect(try await setup.send("root", "GET", "/v1/status").json?["dataFolder"] != nil)
        }
    }

    @Test("What is counted from a stream is seen by those who see both")
    func counted() async throws {
        try await TokenServer.run { setup in
            var setup = setup
            let count = #"{"count":{"from":"a.s","every":"1m"}}"#
            #expect(try await setup.send("root", "PUT", "/v1/streams/b.counts", count).status == 201)
            #expect(try await setup.send("b", "GET", "/v1/streams/b.counts").status == 404)
            #expect(try await setup.send("b", "GET", "/v1/streams/b.counts/history").status == 404)
            #expect(try await setup.send("b", "POST", "/v1/tail-requests", #"{"stream":"b.counts"}"#).status == 404)
            #expect(try await !setup.send("b", "GET", "/v1/streams").text.contains("b.counts"))
            try await setup.add("both", #"{"name":"c","scopes":["read"],"streams":["a.s","b.*"]}"#)
            #expect(try await setup.send("both", "GET", "/v1/streams/b.counts").status == 200)
        }
    }

    @Test("On a stream that two see, each changes what is its own, and does not see where the other's goes")
    func shared() async throws {
        try await TokenServer.run { setup in
            var setup = setup
            try await setup.add("guest", #"{"name":"c","scopes":["read","write"],"streams":["a.s","c.*"]}"#)
            let webhook =
                #"{"stream":"a.s","destination":{"type":"webhook","url":"https://hooks.example.com/secret-path"}}"#
            let made = try await setup.send("a", "POST", "/v1/tail-requests", webhook)
            #expect(made.status == 201, "\(made.text)")
            let own = try await setup.send("a", "GET", "/v1/tail-requests/tr_2")
            #expect(own.text.contains("secret-path"))
            let seen = try await setup.send("guest", "GET", "/v1/tail-requests/tr_2")
            #expect(seen.status == 200 && !seen.text.contains("secret-path"), "\(seen.text)")
            #expect(try await !setup.send("guest", "GET", "/v1/tail-requests").text.contains("secret-path"))
            #expect(try await setup.send("guest", "DELETE", "/v1/tail-requests/tr_2").status == 403)
            #expect(try await setup.send("guest", "PATCH", "/v1/tail-requests/tr_1", #"{"filter":null}"#).status == 403)
            #expect(try await setup.send("boss", "DELETE", "/v1/tail-requests/tr_2").status == 204)
            // Files of the data folder and statements of stores are the operator's.
            let file = #"{"stream":"a.s","destination":{"type":"file","path":"x.ndjson"}}"#
            #expect(try await setup.send("a", "POST", "/v1/tail-requests", file).status == 403)
            let lookup = #"{"stream":"a.s","lookups":[{"name":"c","store":"crm","query":"SELECT 1","key":"event.c"}]}"#
            #expect(try await setup.send("a", "POST", "/v1/tail-requests", lookup).status == 403)
            let history = #"{"stream":"a.s","lookups":[{"name":"before","store":"history"}]}"#
            #expect(try await setup.send("a", "POST", "/v1/tail-requests", history).status == 201)
        }
    }

    @Test("A token looks at itself, and at no other")
    func itself() async throws {
        try await TokenServer.run { setup in
            let own = try await setup.send("a", "GET", "/v1/tokens/\(setup.ids["a"] ?? "")")
            #expect(own.status == 200 && own.json?["used"]?["events"] == .integer(20), "\(own.text)")
            #expect(own.json?["used"]?["requests"] == .integer(1) && own.json?["used"]?["streams"] == .integer(1))
            #expect(try await setup.send("a", "GET", "/v1/tokens/\(setup.ids["b"] ?? "")").status == 404)
            let page = try await setup.send("root", "GET", "/v1/tokens?limit=2")
            #expect(page.json?["tokens"]?.elements?.count == 2)
            let next = try #require(page.json?["next"]?.string)
            let rest = try await setup.send("root", "GET", "/v1/tokens?after=\(next)")
            #expect(rest.json?["tokens"]?.elements?.count == 4 && rest.json?["next"] == nil)
            let behind = try await setup.send("root", "GET", "/v1/tokens?after=tk_0000000000")
            #expect(behind.status == 200 && behind.json?["tokens"]?.elements?.isEmpty == true, "\(behind.text)")
            #expect(try await setup.send("root", "GET", "/v1/tokens?after=tk_x").status == 400)
            #expect(try await setup.send("root", "DELETE", "/v1/tokens/tk_0000000000").status == 404)
        }
    }
}

extension String {
    /// The text with another part in the place of one.
    fileprivate func replacingPart(_ part: String, _ other: String) -> String {
        split(separator: "/", omittingEmptySubsequences: false).map { $0 == part ? other : String($0) }
            .joined(separator: "/")
    }
}
#endif
