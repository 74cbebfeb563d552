#if Server
import ArgumentParser
import FieldExtraction
import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite("RemoteTail") struct RemoteTailTests {
    private static func event(_ number: Int) -> String {
        #"{"kind":"event","stream":"m","position":"0:1-\#(number)","time":"2026-01-01T00:00:0\#(number)Z","event":{"a": \#(number)}}"#
            + "\n"
    }

    private func read(_ server: TinyServer, _ arguments: [String], until count: Int) async throws -> String {
        let folder = TemporaryFolder()
        let options = try TailOptions.parse([server.url + "/m", "-q", "--to", folder.file("out")] + arguments)
        let reference = try RemoteReference(options.source)
        let task = Task {
            try await ServerOptions.run(at: reference.address) { client in
                var reading = try RemoteReading(options, reference: reference, client: client)
                try await reading.run()
            }
        }
        for _ in 0..<500 where server.asked.count < count { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        _ = await task.result
        return folder.text("out")
    }

    @Test("After a connection that broke the reading goes on exactly behind the last whole record")
    func resumes() async throws {
        let stream = #"{"name":"m","key":["host"],"log":{"lastDurable":"0:1-0"}}"#
        let server = TinyServer([
            .init(200, stream),
            .init(records: [Self.event(1), Self.event(2), String(Self.event(3).prefix(40))], isWhole: false),
            .init(503, "{}"),
            .init(records: [
                Self.event(3), #"{"kind":"gap","from":"0:1-4","to":"0:1-5","count":2,"reason":"retention"}"# + "\n",
            ]),
            .init(records: [#"{"kind":"end","cursor":"0:1-7","reason":"shutdown"}"# + "\n"]),
            .init(records: [#"{"kind":"heartbeat","cursor":"0:1-8"}"# + "\n", Self.event(9)]),
        ])
        let output = try await read(server, ["--format", "ndjson", "--filter", "true"], until: 6)
        let kinds = output.split(separator: "\n").compactMap {
            (try? JSONValue(parsing: Array($0.utf8))).map { ($0["position"] ?? $0["to"])?.text ?? "?" }
        }
        #expect(kinds == ["0:1-1", "0:1-2", "0:1-3", "0:1-5", "0:1-9"])
        #expect(
            server.asked.map(\.line) == ["GET /v1/streams/m"]
                + ["0", "2", "2", "5", "7"].map { "GET /v1/streams/m/tail?after=0%3A1-\($0)&filter=true" })
    }

    private static let unknown = #"{"type":"urn:foretail:problem:unknown-stream","detail":"there is no stream 'm'"}"#

    @Test("With -f a stream that is not there is waited for and read from its start; raw is the event's own text")
    func waits() async throws {
        let server = TinyServer([
            .init(404, Self.unknown), .init(200, #"{"name":"m","log":{"lastDurable":"0:1-2"}}"#),
            .init(records: [Self.event(1), Self.event(2)]),
        ])
        #expect(try await read(server, ["-f", "--format", "raw"], until: 3) == "{\"a\": 1}\n{\"a\": 2}\n")
        #expect(server.asked.last?.line == "GET /v1/streams/m/tail?from=oldest")
    }

    @Test("With -f a stream that was removed meanwhile is waited for, and read from its first event")
    func removed() async throws {
        let server = TinyServer([
            .init(200, #"{"name":"m","log":{"lastDurable":"0:1-7"}}"#),
            .init(records: [#"{"kind":"end","cursor":"0:1-9","reason":"removed"}"# + "\n"]),
            .init(404, Self.unknown), .init(records: [Self.event(1)]),
        ])
        #expect(try await read(server, ["-f", "--format", "raw"], until: 4) == "{\"a\": 1}\n")
        #expect(
            Array(server.asked.map(\.line).dropFirst())
                == ["after=0%3A1-7", "after=0%3A1-9", "from=oldest"].map { "GET /v1/streams/m/tail?\($0)" })
    }

    @Test("A stream that is not there is said to be so, with what begins it")
    func missing() async throws {
        let server = TinyServer([.init(404, Self.unknown)])
        let options = try TailOptions.parse([server.url + "/m", "-q", "--format", "raw"])
        let reference = try RemoteReference(options.source)
        let error = await #expect(throws: ForetailError.self) {
            try await ServerOptions.run(at: reference.address) { client in
                var reading = try RemoteReading(options, reference: reference, client: client)
                try await reading.run()
            }
        }
        #expect(error?.message == "there is no stream 'm'; begin it with `foretail ingest m`, or wait for it with -f")
    }

    @Test("A refusal at the first connection is the end")
    func refused() async throws {
        let server = TinyServer([.init(200, "{}"), .init(400, #"{"detail":"column 7: what?"}"#)])
        let options = try TailOptions.parse([server.url + "/m", "-q", "--format", "raw"])
        let reference = try RemoteReference(options.source)
        let error = await #expect(throws: ForetailError.self) {
            try await ServerOptions.run(at: reference.address) { client in
                var reading = try RemoteReading(options, reference: reference, client: client)
                try await reading.run()
            }
        }
        #expect(error?.message == "column 7: what?")
    }

    @Test("Lines are whole, however the answer comes in pieces")
    func pieces() {
        var lines = RecordLines()
        var seen: [String] = []
        for piece in ["a", "b\ncd", "", "\n", "\ne", "f"] {
            lines.append(Array(piece.utf8))
            while let line = lines.next({ String(decoding: $0, as: UTF8.self) }) { seen.append(line) }
        }
        #expect(seen == ["ab", "cd", ""])
        #expect(lines.openBytes == 2)
    }

    @Test("A server's records look as those of this process")
    func pretty() throws {
        var records = try Records()
        records.event(#"{"time":"x","host":"web-1","cpu":40.2}"#, time: "2026-01-01T12:00:00Z")
        let prediction = records.prediction(
            [Records.cpu(41.2, tolerance: 0.8), Records.level(isAsserted: true)], made: "2026-01-01T12:00:00Z",
            time: "2026-01-01T12:05:00Z")
        records.announce(prediction)
        records.event(#"{"time":"x","host":"web-1","cpu":41}"#, time: "2026-01-01T12:05:00Z", lead: 300_000_000)
        records.gap(count: 1_234, reason: "retention")
        var options = PrettyRenderer.Options()
        options.hiddenFields = ["time", "host"]
        var local = PrettyRenderer(style: .plain, options: options)
        var json = NDJSONRenderer()
        let expected = records.rendered(&local)
        var lines = RecordLines()
        lines.append(Array(records.rendered(&json).utf8))
        var remote = PrettyRecords(style: .plain, options: options)
        var reader = RecordReader()
        var output: [UInt8] = []
        lines.forEach { line in
            if let record = reader.read(line) {
                remote.append(record, line: line, now: Records.time("2026-01-01T12:00:00Z"), to: &output)
            }
        }
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test(
        "What the server decides is refused here, with the place where it belongs",
        arguments: [
            (["--steps", "3"], "foretail request add"), (["--key", "host"], "meta.key"),
            (["--from", "yesterday"], "oldest, now, or a position"), (["--summary"], "foretail confidence"),
            (["--pattern", "{}"], "foretail request add"), (["--time", "t"], "PUT /v1/streams"),
        ])
    func options(arguments: [String], remedy: String) {
        let error = #expect(throws: (any Error).self) { try TailOptions.parse(["http://h:1/m"] + arguments) }
        #expect(error.map { TailOptions.message(for: $0).contains(remedy) } == true)
    }

    @Test("--from is for servers; a request's filter is its own")
    func places() {
        #expect(throws: (any Error).self) { try TailOptions.parse(["app.log", "--from", "oldest"]) }
        #expect(throws: (any Error).self) {
            try TailOptions.parse(["http://h:1/v1/tail-requests/tr_1", "--filter", "true"])
        }
        #expect((try? TailOptions.parse(["http://h:1/m", "--from", "0:1-42", "--ahead", "--duration", "1s"])) != nil)
    }
}
#endif
