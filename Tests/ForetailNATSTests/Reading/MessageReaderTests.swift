#if NATS
import FieldExtraction
import Foretail
import Testing

@testable import ForetailNATS

@Suite("Reading a stream", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct MessageReaderTests {
    private func fill(_ jetStream: JetStream, _ name: String, _ range: Range<Int>, subjects: Int = 1) async throws {
        var batch = PublishBatch()
        for number in range {
            batch.append(
                subject: "\(name).\(number % subjects)", payload: Array("\(number)".utf8)[...],
                id: MessageID("f", UInt64(number)))
        }
        try #require(await jetStream.publish(batch).isComplete)
    }

    private func numbers(
        _ reader: inout MessageReader, until count: Int, gaps: inout [MessageBatch.Gap]
    ) async throws -> [Int] {
        var numbers: [Int] = []
        var batch = MessageBatch()
        while numbers.count < count {
            try await reader.read(into: &batch, waitingAtMost: 120_000_000)
            try #require(!batch.isEmpty, "nothing came: \(reader.trouble?.message ?? "no trouble")")
            gaps += batch.gaps
            numbers += batch.messages.map { Int(String(decoding: batch.bytes[$0.payload], as: UTF8.self)) ?? -1 }
        }
        return numbers
    }

    @Test("From the beginning, a sequence, a time, the end, the last of each subject")
    func starts() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        try await fill(jetStream, name, 0..<3_000, subjects: 3)
        let middle = try await jetStream.message(name, at: 2_001).time
        var gaps: [MessageBatch.Gap] = []
        var all = MessageReader(jetStream, ReaderSettings(stream: name))
        #expect(try await numbers(&all, until: 3_000, gaps: &gaps) == Array(0..<3_000))
        var some = MessageReader(jetStream, ReaderSettings(stream: name, start: .sequence(2_500)))
        #expect(try await numbers(&some, until: 501, gaps: &gaps) == Array(2_499..<3_000))
        var later = MessageReader(jetStream, ReaderSettings(stream: name, start: .time(middle)))
        // Messages of the same microsecond lie before it, and what comes at once is any part of the rest.
        var found = try await numbers(&later, until: 1, gaps: &gaps)
        while let last = found.last, last < 2_999 { found += try await numbers(&later, until: 1, gaps: &gaps) }
        let first = try #require(found.first)
        #expect(first <= 2_000 && found == Array(first..<3_000))
        #expect(try await jetStream.message(name, at: UInt64(first) + 1).time >= middle)
        if first > 0 { #expect(try await jetStream.message(name, at: UInt64(first)).time < middle) }
        var one = MessageReader(jetStream, ReaderSettings(stream: name, subject: "\(name).1", start: .sequence(10)))
        #expect(try await numbers(&one, until: 997, gaps: &gaps) == Array(stride(from: 10, to: 3_000, by: 3)))
        var last = MessageReader(jetStream, ReaderSettings(stream: name, start: .lastPerSubject))
        #expect(try await numbers(&last, until: 3, gaps: &gaps) == [2_997, 2_998, 2_999])
        var new = MessageReader(jetStream, ReaderSettings(stream: name, start: .new))
        var batch = MessageBatch()
        try await new.read(into: &batch, waitingAtMost: 50_000)
        #expect(batch.isEmpty && new.position == 3_001)
        try await fill(jetStream, name, 3_000..<3_010)
        #expect(try await numbers(&new, until: 10, gaps: &gaps) == Array(3_000..<3_010))
        #expect(gaps.isEmpty)
        for var reader in [all, some, later, one, last, new] { await reader.close() }
        try await eventually("consumers are given back") { try await jetStream.streamInfo(name).consumers == 0 }
    }

    @Test("A consumer that the server made of other options than asked is refused")
    func options() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        // Two filters: this server drops them and makes a consumer of everything.
        let asked = JSONValue.members([
            "ack_policy": .string("none"), "deliver_policy": .string("all"),
            "filter_subjects": .array([.string("\(name).1"), .string("\(name).2")]),
        ])
        let answer = try await jetStream.ask(
            "CONSUMER.CREATE.\(name)", .members(["stream_name": .string(name), "config": asked]), "test")
        let failure = #expect(throws: NATSFailure.self) {
            try ConfigurationComparison.check(asked, answer["config"], "consumer of '\(name)'")
        }
        #expect(
            failure?.kind == .configuration && failure?.message.contains("filter_subjects") == true,
            "\(String(describing: failure))")
        var other = MessageReader(jetStream, ReaderSettings(stream: name, subject: "elsewhere.>"))
        var batch = MessageBatch()
        let refusal = await #expect(throws: NATSFailure.self) {
            try await other.read(into: &batch, waitingAtMost: 60_000_000)
        }
        #expect(refusal?.isTransient == false, "\(String(describing: refusal))")
    }

    @Test("What the stream forgot is a gap with its sequences")
    func gaps() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        let settings = StreamSettings(name: name, subjects: ["\(name).*"])
        try await jetStream.ensureStream(settings)
        try await fill(jetStream, name, 0..<100)
        try await jetStream.purge(name, before: 31)
        var gaps: [MessageBatch.Gap] = []
        var reader = MessageReader(jetStream, ReaderSettings(stream: name, start: .sequence(11)))
        #expect(try await numbers(&reader, until: 70, gaps: &gaps) == Array(30..<100))
        #expect(gaps == [.init(from: 11, through: 30, before: 0, isExact: true)])
    }

    @Test(
        "A message deleted in the middle is a gap of one; a subject's reader hears what may be missing; a stream made anew is refused"
    )
    func holes() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        try await fill(jetStream, name, 0..<100, subjects: 2)
        _ = try await jetStream.ask("STREAM.MSG.DELETE.\(name)", .members(["seq": .integer(51)]), "test")
        var gaps: [MessageBatch.Gap] = []
        var reader = MessageReader(jetStream, ReaderSettings(stream: name))
        #expect(try await numbers(&reader, until: 99, gaps: &gaps).count == 99)
        #expect(gaps == [.init(from: 51, through: 51, before: gaps.first?.before ?? 0, isExact: true)])
        try await jetStream.purge(name, before: 21)
        gaps = []
        var some = MessageReader(jetStream, ReaderSettings(stream: name, subject: "\(name).1", start: .sequence(1)))
        #expect(try await numbers(&some, until: 40, gaps: &gaps).first == 21)
        #expect(gaps == [.init(from: 1, through: 20, before: 0, isExact: false)])
        // The same name, another stream.
        try await jetStream.deleteStream(name)
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        var batch = MessageBatch()
        let failure = await #expect(throws: NATSFailure.self) {
            let deadline = Deadline("the stream made anew is refused")
            while true {
                try await reader.read(into: &batch, waitingAtMost: 60_000_000)
                try deadline.check()
            }
        }
        #expect(failure?.kind == .replaced && failure?.message.contains(name) == true, "\(String(describing: failure))")
    }

    @Test("What the stream forgets behind a subject's reader that keeps up is no gap")
    func forgetsBehind() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        try await fill(jetStream, name, 0..<4_000, subjects: 2)
        var settings = ReaderSettings(stream: name, subject: "\(name).1", start: .sequence(1))
        settings.window = 64
        var reader = MessageReader(jetStream, settings)
        var gaps: [MessageBatch.Gap] = []
        var seen = try await numbers(&reader, until: 100, gaps: &gaps)
        let position = try #require(reader.position)
        try await jetStream.purge(name, before: position)
        // The reader looks once a second.
        await Monotonic.sleep(1_100_000)
        seen += try await numbers(&reader, until: 2_000 - seen.count, gaps: &gaps)
        #expect(seen == Array(stride(from: 1, to: 4_000, by: 2)) && gaps.isEmpty, "\(gaps)")
        await reader.close()
    }

    @Test("A reader survives consumers deleted under it, exactly")
    func deleted() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        let writing = Task {
            for start in stride(from: 0, to: 20_000, by: 500) { try await fill(jetStream, name, start..<start + 500) }
        }
        var settings = ReaderSettings(stream: name)
        settings.heartbeatMicroseconds = 200_000
        settings.window = 64
        var reader = MessageReader(jetStream, settings)
        var seen: [Int] = []
        var gaps: [MessageBatch.Gap] = []
        for _ in 0..<10 {
            seen += try await numbers(&reader, until: 1_000, gaps: &gaps)
            let names = try await jetStream.ask("CONSUMER.NAMES.\(name)", nil, "test")
            guard case .array(let consumers)? = names["consumers"] else { continue }
            for consumer in consumers {
                _ = try? await jetStream.ask("CONSUMER.DELETE.\(name).\(consumer.text ?? "")", nil, "test")
            }
        }
        seen += try await numbers(&reader, until: 20_000 - seen.count, gaps: &gaps)
        try await writing.value
        #expect(seen == Array(0..<20_000) && gaps.isEmpty)
        #expect(reader.restarts > 0)
    }

    @Test("Readers that are dropped while messages come to them harm nobody")
    func dropped() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        for start in stride(from: 0, to: 5_000, by: 1_000) { try await fill(jetStream, name, start..<start + 1_000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        var reader = MessageReader(jetStream, ReaderSettings(stream: name))
                        var batch = MessageBatch()
                        try await reader.read(into: &batch, waitingAtMost: 120_000_000)
                        try #require(batch.messages.first?.sequence == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        var gaps: [MessageBatch.Gap] = []
        var reader = MessageReader(jetStream, ReaderSettings(stream: name))
        #expect(try await numbers(&reader, until: 5_000, gaps: &gaps) == Array(0..<5_000))
    }

    @Test("A server killed and started again in the middle of reading: nothing is missing, nothing comes twice")
    func restarts() async throws {
        let server = try await NATSServer.make()
        let jetStream = try await server.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        for start in stride(from: 0, to: 40_000, by: 1_000) { try await fill(jetStream, name, start..<start + 1_000) }
        var settings = ReaderSettings(stream: name)
        settings.window = 128
        var reader = MessageReader(jetStream, settings)
        var seen: [Int] = []
        var gaps: [MessageBatch.Gap] = []
        for _ in 0..<5 {
            seen += try await numbers(&reader, until: 3_000, gaps: &gaps)
            server.stop()
            try server.start()
        }
        seen += try await numbers(&reader, until: 40_000 - seen.count, gaps: &gaps)
        #expect(seen == Array(0..<40_000) && gaps.isEmpty)
        #expect(reader.restarts >= 5 && jetStream.connection.state.reconnects >= 5)
    }
}
#endif
