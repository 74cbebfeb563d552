#if Server
import FieldExtraction
import Testing

@testable import ForetailServer

@Suite("Other origins", .timeLimit(.minutes(20))) struct CrossOriginTests {
    private static let asks = [
        ("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization, ce-id,Ce-Source, cookie"),
    ]

    @Test("No origin may call unless it is named")
    func none() async throws {
        try await TestServer.run { server in
            let asked = try await server.send("OPTIONS", "/v1/tail-requests", headers: Self.asks)
            #expect(asked.status == 405 && asked.headers["access-control-allow-origin"] == nil)
            let answer = try await server.send("GET", "/v1/streams", headers: [("Origin", "https://app.example.com")])
            #expect(answer.status == 200 && answer.headers["access-control-allow-origin"] == nil)
            #expect(answer.headers["vary"] == nil)
        }
    }

    @Test("A named origin may, exactly, and without credentials")
    func named() async throws {
        try await TestServer.run(adjust: {
            $0.origins = ["https://app.example.com"]
            $0.requiresTokens = true
        }) { server in
            let asked = try await server.send("OPTIONS", "/v1/tail-requests", headers: Self.asks)
            #expect(asked.status == 204)
            #expect(asked.headers["access-control-allow-origin"] == "https://app.example.com")
            #expect(asked.headers["access-control-allow-methods"] == "GET, HEAD, POST")
            let allowed = try #require(asked.headers["access-control-allow-headers"])
            #expect(allowed.hasPrefix("Authorization, ") && allowed.hasSuffix(", ce-id, ce-source"), "\(allowed)")
            #expect(asked.headers["access-control-allow-credentials"] == nil)
            #expect(asked.headers["vary"] == "Origin")
            // What is refused can be read by the page, too.
            let refused = try await server.send("GET", "/v1/streams", headers: [("Origin", "https://app.example.com")])
            #expect(refused.status == 401)
            #expect(refused.headers["access-control-allow-origin"] == "https://app.example.com")
            for origin in [
                "http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.org",
                "https://xapp.example.com", "null", "*", "https://APP.example.com",
            ] {
                let answer = try await server.send("GET", "/v1/streams", headers: [("Origin", origin)])
                #expect(answer.headers["access-control-allow-origin"] == nil, "\(origin)")
                #expect(answer.headers["vary"] == "Origin")
                let asked = try await server.send(
                    "OPTIONS", "/v1/streams", headers: [("Origin", origin), ("Access-Control-Request-Method", "GET")])
                #expect(asked.status == 401 && asked.headers["access-control-allow-origin"] == nil, "\(origin)")
            }
            let without = try await server.send("GET", "/health/live")
            #expect(without.status == 200 && without.headers["vary"] == "Origin")
        }
    }

    @Test("An origin is a scheme, a host and a port")
    func origins() {
        for text in ["https://app.example.com", "http://localhost:3000", "http://[::1]:8080"] {
            #expect(CrossOrigin.isOrigin(text), "\(text)")
        }
        for text in [
            "*", "app.example.com", "https://", "https://a/b", "https://a/", "https://u@a", "HTTPS://a", "null",
        ] {
            #expect(!CrossOrigin.isOrigin(text), "\(text)")
        }
    }
}
#endif
