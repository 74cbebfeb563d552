#if NATS
import FieldExtraction
import Foretail
import ForetailTesting
import Testing

@testable import ForetailNATS

@Suite("Source and destination on JetStream", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct JetStreamSourceTests {
    private func publish(_ jetStream: JetStream, _ subject: String, _ texts: [String]) async throws {
        var batch = PublishBatch()
        for text in texts { batch.append(subject: subject, payload: Array(text.utf8)[...]) }
        try #require(await jetStream.publish(batch).isComplete)
    }

    private func read(_ source: inout JetStreamSource, until count: Int) async throws -> [(String, Position)] {
        var found: [(String, Position)] = []
        while found.count < count {
            var batch = EventBatch(stream: "s")
            let state = try await source.read(into: &batch, waitingAtMost: 120_000_000)
            try #require(state == .ready)
            found += batch.frames.map { (String(decoding: batch.bytes[$0.body], as: UTF8.self), $0.position) }
        }
        return found
    }

    @Test("Messages of anybody become events: JSON, over several lines, several in one, plain text")
    func framing() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        try await publish(
            jetStream, "\(name).a", [#"{"a":1}"#, "{\n  \"a\": 2\n}\n", "{\"a\":3}\n{\"a\":4}", "connection lost"])
        var source = JetStreamSource(
            jetStream, ReaderSettings(stream: name), descriptor: StreamDescriptor(name: "s"))
        let events = try await read(&source, until: 5)
        #expect(events.map(\.1.sequence) == [1, 2, 3, 3, 4])
        let values = try events.map { try JSONValue(parsing: Array($0.0.utf8)) }
        #expect(values.prefix(4).map { $0["a"]?.number } == [1, 2, 3, 4])
        #expect(values[4]["message"]?.text == "connection lost")
        var batch = EventBatch(stream: "s")
        #expect(try await source.read(into: &batch, waitingAtMost: 10_000) == .idle)
    }

    @Test("A source with a cursor goes on behind what was acknowledged")
    func cursor() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        let bucket = try await KeyValueBucket.open(jetStream, unusedName("C"))
        try await publish(jetStream, "\(name).a", (0..<10).map { #"{"n":\#($0)}"# })
        let settings = ReaderSettings(stream: name)
        var first = JetStreamSource(
            jetStream, settings, descriptor: StreamDescriptor(name: "s"), cursor: (bucket, "reader"))
        #expect(try await read(&first, until: 10).count == 10)
        try await first.acknowledge()
        try await publish(jetStream, "\(name).a", [#"{"n":10}"#])
        #expect(try await read(&first, until: 1).count == 1)
        let resumed = try await JetStreamSource.resuming(settings, from: bucket, key: "reader")
        var second = JetStreamSource(jetStream, resumed, descriptor: StreamDescriptor(name: "s"))
        #expect(try await read(&second, until: 1).map(\.0) == [#"{"n":10}"#])
        let other = try await JetStreamSource.resuming(settings, from: bucket, key: "nobody")
        #expect(other.start == .all)
    }

    @Test("Records are one message each, in order, once, over a server that is killed")
    func destination() async throws {
        let server = try await NATSServer.make()
        let jetStream = try await server.jetStream { $0.answerMicroseconds = 3_000_000 }
        try await jetStream.ensureStream(StreamSettings(name: "OUT", subjects: ["out.*"]))
        var destination = JetStreamDestination(jetStream, subject: "out.a")
        let isOver = Flag()
        let killer = Task {
            defer { isOver.set() }
            for _ in 0..<4 {
                try await Task.sleep(for: .milliseconds(300))
                server.stop()
                try server.start()
            }
        }
        var count = 0
        let deadline = Deadline("4,000 records are delivered, and the server is killed no more")
        while !isOver.isSet || count < 4_000 {
            try deadline.check()
            let records = (count..<count + 100).map { "record \($0)\n" }.joined()
            try await destination.deliver(Array(records.utf8), to: DestinationID(0))
            count += 100
        }
        try await killer.value
        var reader = MessageReader(jetStream, ReaderSettings(stream: "OUT"))
        var batch = MessageBatch()
        var seen: [String] = []
        while seen.count < count {
            try await reader.read(into: &batch, waitingAtMost: 60_000_000)
            try #require(!batch.isEmpty)
            seen += batch.messages.map { String(decoding: batch.bytes[$0.payload], as: UTF8.self) }
        }
        #expect(try await jetStream.streamInfo("OUT").messages == UInt64(count))
        #expect(Set(seen).count == count, "once each")
        // One server that dies loses the end of what was on its way, never something before what it kept.
        let wrong = seen.indices.first { seen[$0] != "record \($0)" }
        #expect(wrong == nil, "in order: \(seen[max(0, (wrong ?? 0) - 2)..<min(count, (wrong ?? 0) + 4)])")
    }

    @Test("A subject that no stream takes is a clear error at once")
    func nowhere() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        var destination = JetStreamDestination(jetStream, subject: unusedName("nowhere."))
        let failure = await #expect(throws: ForetailError.self) {
            try await destination.deliver(Array("x\n".utf8), to: DestinationID(0))
        }
        #expect(
            failure?.code == .destination && failure?.message.contains("create a stream") == true,
            "\(String(describing: failure))")
    }

    @Test("A repeated delivery under one identity is stored once")
    func identity() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        for _ in 0..<2 {
            var destination = JetStreamDestination(jetStream, subject: "\(name).a", identity: "tr_1")
            try await destination.deliver(Array("one\ntwo\n\nthree".utf8), to: DestinationID(0))
        }
        #expect(try await jetStream.streamInfo(name).messages == 3)
    }
}
#endif
