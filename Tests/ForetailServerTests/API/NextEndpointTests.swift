#if Server
import FieldExtraction
import Testing

@testable import ForetailServer

@Suite("Next over HTTP", .timeLimit(.minutes(5))) struct NextEndpointTests {
    /// A server with a stream of one event a minute and key, whose value is 10, 20, 30, 10, …, and a request of three steps.
    private func run(_ body: (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server in
            _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"host","time":"time"}"#)
            _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","predict":["v"],"steps":3}"#)
            let events = (0..<120).map { minute in
                #"{"time":\#(1_767_225_600 + minute * 60),"host":"a/b","v":\#(10 + minute % 3 * 10)}"#
            }
            #expect(try await server.ingest("s", events).status == 200)
            try await body(server)
        }
    }

    @Test("A prediction for a key and a time comes as one object, announced or not")
    func answer() async throws {
        try await run { server in
            let answer = try await server.send("GET", "/v1/tail-requests/tr_1/next?key=a/b&in=2m")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.headers["cache-control"] == "no-store")
            let next = try #require(answer.json)
            #expect(next["key"] == .string("a/b"))
            #expect(next["step"] == .integer(2))
            #expect(next["in"] == .string("2m"))
            #expect(next["time"] == .string("2026-01-01T02:01:00Z"))
            #expect(next["made"] == .string("2026-01-01T01:59:00Z"))
            // While nothing comes the stream's time goes on with the wall clock.
            #expect(next["now"]?.string?.hasPrefix("2026-01-01T0") == true)
            let field = try #require(next["fields"]?["v"])
            guard case .object(let members) = field else {
                Issue.record("\(field)")
                return
            }
            #expect(members.map(\.key) == ["value", "low", "high"])
            // The 122nd value.
            #expect(answer.text.contains(#""v":{"value":20"#))
            // Without a time it is the next event.
            #expect(try await server.send("GET", "/v1/tail-requests/tr_1/next?key=a/b").json?["step"] == .integer(1))
        }
    }

    @Test("What cannot be told is a problem that names the parameter, and the remedy")
    func problems() async throws {
        try await run { server in
            let cases: [(String, Int, String, String)] = [
                ("next?key=web-9&in=1m", 404, "unknown-key", "'web-9'"), ("next?in=1m", 404, "unknown-key", "has keys"),
                ("next?key=a/b&in=10m", 400, "too-far-ahead", "a request with step 10"),
                ("next?key=a/b&in=soon", 400, "invalid", "10m"),
                ("next?key=a/b&step=1", 400, "invalid", "no such parameter"),
            ]
            for (path, status, kind, text) in cases {
                let answer = try await server.send("GET", "/v1/tail-requests/tr_1/\(path)")
                #expect(answer.status == status)
                #expect(answer.json?["type"] == .string("urn:foretail:problem:\(kind)"))
                #expect(answer.json?["detail"]?.string?.contains(text) == true, "\(answer.text)")
                #expect(answer.json?["field"] != nil)
            }
            #expect(try await server.send("GET", "/v1/tail-requests/tr_9/next").status == 404)
            _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","predictions":false}"#)
            #expect(try await server.send("GET", "/v1/tail-requests/tr_2/next?key=a/b").status == 400)
        }
    }
}
#endif
