#if Server
import ArgumentParser
import FieldExtraction
import Foretail
import Testing

@testable import ForetailCLI

@Suite("Ingest") struct IngestTests {
    private func bodies(
        _ text: String, _ input: StreamDescriptor.Input = .automatic, limit: Int? = nil, isStrict: Bool = false
    ) throws -> (bodies: [IngestBody], bad: [IngestReader.BadLine]) {
        let folder = TemporaryFolder()
        folder.write(text, to: "events")
        let reader = try IngestReader(
            folder.file("events"), input: input, eventLimit: limit, isStrict: isStrict, wake: nil)
        var bodies: [IngestBody] = []
        while let body = try reader.next() { bodies.append(body) }
        return (bodies, reader.takeBadLines())
    }

    @Test("Lines of JSON go as they stand, each with its number")
    func lines() throws {
        let read = try bodies("{\"a\":1}\n\n{\"a\": 2}\r\n{\"a\":3}", .ndjson, limit: 2)
        #expect(
            read.bodies.map { String(decoding: $0.bytes, as: UTF8.self) } == ["{\"a\":1}\n{\"a\": 2}\n", "{\"a\":3}\n"])
        #expect(read.bodies.map(\.lines) == [[1, 3], [4]])
        #expect(read.bodies[1].line(1) == 4)
    }

    @Test("CSV and plain lines become JSON, by what the whole file says")
    func conversions() throws {
        let csv = try bodies("host,cpu\nweb,1\nweb,2\n", .csv, limit: 1)
        #expect(
            csv.bodies.map { String(decoding: $0.bytes, as: UTF8.self) } == [
                "{\"host\":\"web\",\"cpu\":1}\n", "{\"host\":\"web\",\"cpu\":2}\n",
            ])
        #expect(csv.bodies.map(\.lines) == [[2], [3]])
        let text = try bodies("hello\nworld\n", .automatic)
        #expect(String(decoding: text.bodies[0].bytes, as: UTF8.self).hasPrefix("{\"message\":\"hello\""))
    }

    @Test("A body stays below what a server takes as a whole")
    func size() throws {
        let line = "{\"a\":\"\(String(repeating: "x", count: 993))\"}\n"
        let read = try bodies(String(repeating: line, count: 1_000), .ndjson)
        #expect(read.bodies.allSatisfy { $0.bytes.count <= 256 << 10 })
        #expect(read.bodies.reduce(0) { $0 + $1.count } == 1_000)
        #expect(read.bodies.count == 4)
    }

    @Test("What a server took before it refused the rest is not sent again")
    func partly() {
        var body = IngestBody()
        for (event, line) in [("{}", 1), ("x", 2), ("{\"a\":1}", 4), ("{\"a\":2}", 5)] {
            body.append(Array(event.utf8), line: line)
        }
        body.removeFirst(accepted: 2, rejected: [2])
        #expect(body.lines == [5])
        #expect(String(decoding: body.bytes, as: UTF8.self) == "{\"a\":2}\n")
        body.removeFirst(accepted: 0, rejected: [1])
        #expect(body.count == 1)
    }

    private func run(_ server: TinyServer, _ text: String, _ arguments: [String] = []) async throws {
        let folder = TemporaryFolder()
        folder.write(text, to: "e.ndjson")
        let command = try IngestCommand.parse([server.url + "/m", folder.file("e.ndjson"), "-q"] + arguments)
        let address = try ServerAddress(server.url)
        try await ServerOptions.run(at: address) { client in
            var run = try IngestRun(command, client: client, stream: "m", interruption: Interruption(), wake: nil)
            try await run.run()
        }
    }

    private let busy = #"{"type":"urn:foretail:problem:busy","detail":"busy","accepted":0,"rejected":[]}"#

    @Test("A body is sent again until the server has it, and the next only then")
    func again() async throws {
        let server = TinyServer([
            .init(200, "{}"), .init(503, busy), .init(507, "{}"),
            .init(200, #"{"accepted":2,"rejected":[],"last":"0:1-2"}"#),
            .init(200, #"{"accepted":1,"rejected":[],"last":"0:1-3"}"#),
        ])
        try await run(server, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", ["--batch", "2"])
        #expect(
            server.asked.map(\.line) == ["GET /v1/streams/m"]
                + Array(repeating: "POST /v1/streams/m/events", count: 4))
        #expect(
            server.asked.dropFirst().map(\.body) == Array(repeating: "{\"a\":1}\n{\"a\":2}\n", count: 3) + [
                "{\"a\":3}\n"
            ])
    }

    @Test("Bad lines are skipped, or under --strict the end, with their number in the file")
    func rejections() async throws {
        let none =
            #"{"type":"urn:foretail:problem:no-events","detail":"none","accepted":0,"rejected":[{"line":1,"reason":"no object"}]}"#
        let some = #"{"accepted":1,"rejected":[],"last":"0:1-1"}"#
        let lenient = TinyServer([.init(200, "{}"), .init(200, some), .init(400, none), .init(200, some)])
        try await run(lenient, "{\"a\":1}\n\n[2]\n{\"a\":3}\n", ["--batch", "1"])
        #expect(lenient.asked.count == 4)
        let strict = TinyServer([.init(200, "{}"), .init(200, some), .init(400, none)])
        let error = await #expect(throws: ForetailError.self) {
            try await run(strict, "{\"a\":1}\n\n[2]\n{\"a\":3}\n", ["--batch", "1", "--strict"])
        }
        #expect(error?.message.contains("line 3: no object; 1 event was taken, up to line 1") == true)
    }

    @Test("What cannot pass ends the run at once; so does patience that is over")
    func failures() async throws {
        let wrong = TinyServer([
            .init(200, "{}"), .init(404, #"{"detail":"there is no stream 'm'","remedy":"create it"}"#),
        ])
        let error = await #expect(throws: ForetailError.self) { try await run(wrong, "{}\n") }
        #expect(error?.message == "there is no stream 'm'; create it")
        let away = TinyServer([.init(200, "{}"), .init(503, busy)])
        let second = await #expect(throws: ForetailError.self) { try await run(away, "{}\n", ["--retry-for", "0"]) }
        #expect(second?.message == "busy")
    }

    private static func record(_ number: Int, _ event: String) -> String {
        #"{"kind":"event","stream":"m","position":"0:1-\#(number)","time":"2026-01-01T00:00:00Z","event":\#(event)}"#
            + "\n"
    }

    @Test("A body whose answer was lost is looked for, and sent again only if it is not there")
    func lost() async throws {
        let history = Self.record(8, #"{"b":1}"#) + Self.record(9, #"{"a":1}"#) + Self.record(10, #"{"a":1}"#)
        let server = TinyServer([
            .init(200, #"{"log":{"lastDurable":"0:1-7"}}"#),
            // Broken off, then found.
            .init(records: [], isWhole: false), .init(200, history + Self.record(11, #"{"a":2}"#)),
            // Broken off, not found, sent again.
            .init(records: [], isWhole: false), .init(200, ""),
            .init(200, #"{"accepted":1,"rejected":[],"last":"0:1-12"}"#),
        ])
        try await run(server, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", ["--batch", "2"])
        #expect(
            server.asked.map(\.line) == [
                "GET /v1/streams/m", "POST /v1/streams/m/events",
                "GET /v1/streams/m/history?limit=1000&after=0%3A1-7", "POST /v1/streams/m/events",
                "GET /v1/streams/m/history?limit=1000&after=0%3A1-11", "POST /v1/streams/m/events",
            ])
        #expect(server.asked.last?.body == "{\"a\":3}\n")
    }

    @Test("What was lost is found although others wrote before, and lines of it were bad")
    func found() {
        var body = IngestBody()
        for (line, event) in [#"{"a":1}"#, "[2]", #"{"a":1}"#, "x", #"{"a":2} "#].enumerated() {
            body.append(Array(event.utf8), line: line + 10)
        }
        let recovery = IngestRecovery(body)
        let others = Self.record(1, #"{"a":1}"#)
        let own = Self.record(2, #"{"a":1}"#) + Self.record(3, #"{"a":1}"#) + Self.record(4, #"{"a":2}"#)
        let answer = recovery.answer(in: Array((others + own).utf8))
        #expect(answer?.accepted == 3)
        #expect(answer?.last == "0:1-4")
        #expect(answer?.rejected.map(\.line) == [2, 4])
        #expect(recovery.answer(in: Array(others.utf8)) == nil)
        #expect(recovery.answer(in: []) == nil)
    }
}
#endif
