#if Server
import CZlib
import FieldExtraction
import Foretail
import Testing

@testable import ForetailServer

/// Each limit at its edge: what reaches it passes, one more is refused, and others are answered meanwhile.
@Suite("Edge limits", .timeLimit(.minutes(20))) struct EdgeLimitTests {
    private func status(_ answer: String) -> Int? { Int(answer.dropFirst(9).prefix(3)) }

    /// What a raw request is answered with, up to the end of the connection.
    private func ask(_ server: TestServer, _ text: String) async throws -> String {
        let connection = try RawConnection(port: server.port)
        connection.send(text)
        return await connection.receiveAll()
    }

    private func head(_ line: String, _ headers: [String] = []) -> String {
        ([line, "Host: localhost", "Connection: close"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
    }

    @Test("Path and query may be as long as the limit")
    func target() async throws {
        try await TestServer.run(adjust: { $0.limits.targetBytes = 200 }) { server in
            let path = "/v1/streams/s/tail?filter="
            for (bytes, expected) in [(200, 404), (201, 414), (5_000, 414), (200_000, 414)] {
                let filter = "true" + String(repeating: "+", count: bytes - path.utf8.count - 4)
                let answer = try await ask(server, head("GET \(path)\(filter) HTTP/1.1"))
                #expect(status(answer) == expected, "\(bytes) bytes: \(answer.prefix(200))")
                #expect(answer.contains("limits.targetBytes") == (expected == 414))
            }
            #expect(try await server.send("GET", "/health/live").status == 200)
        }
    }

    @Test("Headers may be as many as the limit")
    func headers() async throws {
        try await TestServer.run(adjust: { $0.limits.headers = 20 }) { server in
            // Connection is one of them; Host becomes the authority.
            for (count, expected) in [(20, 200), (21, 431), (500, 431)] {
                let more = (0..<count - 1).map { "X-\($0): a" }
                let answer = try await ask(server, head("GET /health/live HTTP/1.1", more))
                #expect(status(answer) == expected, "\(count) headers: \(answer.prefix(200))")
            }
            #expect(try await server.send("GET", "/health/live").status == 200)
        }
    }

    @Test("Headers may have as many bytes as the limit")
    func headerBytes() async throws {
        try await TestServer.run(adjust: {
            $0.limits.headerBytes = 1_000
            $0.limits.targetBytes = 1_000
        }) { server in
            // "Connection" and "close" are 15 bytes, "X" is one.
            for (bytes, expected) in [(1_000, 200), (1_001, 431), (100_000, 431)] {
                let answer = try await ask(
                    server,
                    head("GET /health/live HTTP/1.1", ["X: " + String(repeating: "a", count: bytes - 16)]))
                #expect(status(answer) == expected, "\(bytes) bytes: \(answer.prefix(200))")
                #expect(answer.contains("limits.headerBytes") == (expected == 431))
            }
        }
    }

    @Test("Connections of one address are refused beyond the limit, and taken again when one is gone")
    func connections() async throws {
        try await TestServer.run(adjust: { $0.limits.connectionsPerAddress = 3 }) { server in
            let live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
            var open: [RawConnection] = []
            for _ in 0..<3 {
                let connection = try RawConnection(port: server.port)
                connection.send(live)
                let answer = await connection.receive()
                #expect(status(answer) == 200)
                open.append(connection)
            }
            let refused = try RawConnection(port: server.port)
            let answer = await refused.receiveAll()
            #expect(answer.isEmpty || answer.contains("limits.connectionsPerAddress"), "\(answer)")
            open[0].send(live)
            let still = await open[0].receive()
            #expect(status(still) == 200)
            open.removeLast()
            var again: Int?
            for _ in 0..<1_000 where again != 200 {
                let connection = try RawConnection(port: server.port)
                connection.send(live)
                again = status(await connection.receive())
                if again != 200 { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(again == 200)
        }
    }

    @Test("A head that does not end is told so, the first of a connection and a later one")
    func slowHead() async throws {
        try await TestServer.run(adjust: { $0.limits.headSeconds = 1 }) { server in
            let first = try RawConnection(port: server.port)
            first.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ")
            let later = try RawConnection(port: server.port)
            later.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let alive = await later.receive()
            #expect(status(alive) == 200)
            later.send("GET /hea")
            for connection in [first, later] {
                let answer = await connection.receiveAll()
                #expect(status(answer) == 408, "\(answer)")
                #expect(answer.contains("limits.headSeconds"))
            }
            let text = try await server.send("GET", "/metrics").text
            #expect(text.contains(#"foretail_refusals_total{reason="headTime"} 2"#))
        }
    }

    @Test("A body that does not end is told so; a reader that gets nothing is left alone")
    func slowBody() async throws {
        try await TestServer.run(adjust: { $0.limits.bodySeconds = 1 }) { server in
            #expect(try await server.ingest("s", ["{\"a\":1}"]).status == 200)
            var reader = try await server.open("/v1/streams/s/tail")
            for path in ["/v1/streams/s/events", "/v1/tail-requests"] {
                let connection = try RawConnection(port: server.port)
                connection.send("POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
                let answer = await connection.receiveAll()
                #expect(status(answer) == 408, "\(answer)")
                #expect(answer.contains("limits.bodySeconds"))
            }
            #expect(try await server.ingest("s", ["{\"a\":2}"]).status == 200)
            #expect(try await reader.next()?["event"]?["a"]?.integer == 2)
        }
    }

    @Test(
        "What says in two ways where it ends, or whom it is for, is refused",
        arguments: [
            "GET /health/live HTTP/1.1\r\n\r\n", "GET /health/live HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
            "POST /v1/streams/s/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /v1/streams/s/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 9\r\n\r\nabc",
            "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX : a\r\n\r\n",
            "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
        ])
    func syntax(text: String) async throws {
        try await TestServer.run { server in
            let answer = try await ask(server, text)
            #expect(status(answer) == 400, "\(answer)")
            #expect(answer.contains("urn:foretail:problem:syntax"), "\(answer)")
            // One answer: nothing of it was taken for a second request.
            #expect(answer.split(separator: "Server: foretail").count == 2, "\(answer)")
            #expect(try await server.send("GET", "/v1/streams/s").status == 404)
        }
    }

    @Test(
        "A name that is not the server's is refused, addresses and localhost are not",
        arguments: [
            ("attacker.example", 421), ("attacker.example:7070", 421), ("127.0.0.1.attacker.example", 421),
            ("localhost.attacker.example", 421), ("0x7f.1", 421), ("localhost", 200), ("LOCALHOST.:80", 200),
            ("app.localhost", 200), ("127.0.0.1:1", 200), ("[::1]:7070", 200), ("hooks.test", 200),
        ])
    func host(name: String, expected: Int) async throws {
        try await TestServer.run(adjust: { $0.hosts = ["hooks.test"] }) { server in
            let answer = try await ask(
                server, "GET /v1/streams HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n")
            #expect(status(answer) == expected, "\(answer)")
        }
    }

    @Test(
        "A page of another site changes nothing; it may ask, and cannot read the answer",
        arguments: [
            ("POST", ["Sec-Fetch-Site": "cross-site"], 403), ("POST", ["Origin": "https://attacker.example"], 403),
            ("POST", ["Origin": "null"], 403), ("POST", ["Origin": "https://localhost.attacker.example:7070"], 403),
            ("POST", ["Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"], 200),
            ("POST", ["Sec-Fetch-Site": "none"], 200), ("POST", [:], 200),
            ("GET", ["Sec-Fetch-Site": "cross-site", "Origin": "https://attacker.example"], 200),
        ] as [(String, [String: String], Int)])
    func site(method: String, headers: [String: String], expected: Int) async throws {
        try await TestServer.run { server in
            let path = method == "GET" ? "/v1/streams" : "/v1/streams/s/events"
            let answer = try await server.send(
                method, path, method == "GET" ? nil : "{}", type: "text/plain", headers: headers.map { ($0, $1) })
            #expect(answer.status == expected, "\(answer.text)")
            let status = try await server.send("GET", "/v1/streams/s").status
            #expect(status == (method == "POST" && expected == 200 ? 200 : 404))
        }
    }

    @Test("Packed bytes may stand for as many as the ratio beyond the first mebibyte")
    func ratio() async throws {
        try await TestServer.run(adjust: { $0.limits.unpackRatio = 50 }) { server in
            let line = Array(#"{"a":1}"#.utf8) + [0x0A]
            let small = Array(repeating: line, count: 100_000).flatMap { $0 }
            let bomb = Array(repeating: line, count: 400_000).flatMap { $0 }
            for (body, expected) in [(small, 200), (bomb, 413)] {
                let packed = try packed(body)
                #expect(body.count / packed.count > 50)
                let answer = try await server.send(
                    "POST", "/v1/streams/s/events", bytes: packed,
                    headers: [("content-encoding", "gzip"), ("content-type", "application/x-ndjson")])
                #expect(answer.status == expected, "\(answer.text)")
                if expected == 413 { #expect(answer.json?["limit"] == .string("limits.unpackRatio")) }
            }
        }
    }

    @Test("JSON may be as deep as the limit, in events and in control bodies")
    func depth() async throws {
        try await TestServer.run(adjust: { $0.manager.limits.scan.depth = 10 }) { server in
            for (depth, isTaken) in [(10, true), (11, false)] {
                let text =
                    String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
                #expect(try await server.ingest("s", [text]).status == (isTaken ? 200 : 400))
                // Taken or not, it is no tail request: what is deep is refused for its depth.
                let control = try await server.send("POST", "/v1/tail-requests", text)
                #expect(control.status == 400)
                #expect(control.json?["detail"]?.string?.contains("deep") == !isTaken, "\(control.text)")
            }
        }
    }

    @Test("Filters may be as long, as deep and as dear as their limits, regular expressions too")
    func filters() async throws {
        let limits = [
            "limits.filterBytes": "400", "limits.filterDepth": "10", "limits.patternBytes": "20",
            "limits.patternStates": "200", "limits.filterCost": "10000",
        ]
        func within(_ count: Int) -> String {
            String(repeating: "(", count: count) + "event.a == 1" + String(repeating: ")", count: count)
        }
        func padded(_ bytes: Int) -> String {
            let base = "event.a == 1"
            return base + String(repeating: " ", count: bytes - base.utf8.count)
        }
        let cases: [(filter: String, status: Int)] = [
            (padded(400), 201), (padded(401), 400), (within(5), 201), (within(40), 400),
            ("event.a.matches('\(String(repeating: "a", count: 20))')", 201),
            ("event.a.matches('\(String(repeating: "a", count: 21))')", 400),
            ("event.a.matches('(a{10}){10}')", 201), ("event.a.matches('(a{100}){100}')", 400),
            ("event.l.all(a, a > 0)", 201),
            ("event.l.all(a, event.l.all(b, event.l.all(c, a + b + c > 0)))", 400),
        ]
        try await TestServer.run(adjust: { configuration in
            for setting in Setting.edge {
                if let text = limits[setting.key] { #expect(setting.apply(text, &configuration)) }
            }
        }) { server in
            for (filter, expected) in cases {
                let body = JSONValue(members: [("stream", .string("s")), ("filter", .string(filter))])
                let answer = try await server.send(
                    "POST", "/v1/tail-requests", String(decoding: body.bytes, as: UTF8.self))
                #expect(answer.status == expected, "\(filter): \(answer.text)")
            }
        }
    }

    @Test("Every limit of the edge is shown with its value, and connections with their use")
    func status() async throws {
        try await TestServer.run(adjust: { $0.limits.headers = 77 }) { server in
            let limits = try await server.send("GET", "/v1/status").json?["limits"]
            #expect(limits?["headers"]?["limit"] == .integer(77))
            #expect((limits?["connections"]?["used"]?.integer ?? 0) >= 1)
            for setting in Setting.edge where setting.key.hasPrefix("limits.") {
                #expect(limits?[String(setting.key.dropFirst(7))]?["limit"] != nil, "\(setting.key)")
            }
        }
    }

    /// Bytes as gzip packs them.
    private func packed(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        try #require(
            deflateInit2_(
                &stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
                Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: bytes.count + 1_024)
        var input = bytes
        let room = output.count
        let status = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        try #require(status == Z_STREAM_END)
        return Array(output[..<(room - Int(stream.avail_out))])
    }
}
#endif
