#if NATS
import Foretail
import Testing

@testable import ForetailNATS

@Suite("Publishing", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct PublishingTests {
    private func batch(_ subject: String, _ range: Range<Int>, size: Int = 16) -> PublishBatch {
        var batch = PublishBatch()
        for number in range {
            let text = "\(number) " + String(repeating: "x", count: size)
            batch.append(subject: subject, payload: Array(text.utf8)[...], id: MessageID("p", UInt64(number)))
        }
        return batch
    }

    @Test("A batch is stored in order, and once however often it is published")
    func duplicates() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        let first = await jetStream.publish(batch("\(name).a", 0..<5_000), window: 64)
        #expect(first.isComplete && first.duplicates == 0 && first.sequences == Array(1...5_000))
        let again = await jetStream.publish(batch("\(name).a", 4_000..<6_000))
        #expect(again.isComplete && again.duplicates == 1_000)
        #expect(again.sequences == Array(4_001...6_000))
        #expect(again[0] == .stored(sequence: 4_001, isDuplicate: true))
        #expect(try await jetStream.streamInfo(name).messages == 6_000)
    }

    @Test("Behind a sequence that is not the last, nothing of a chain is stored")
    func chain() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        func chain(_ range: ClosedRange<UInt64>) -> PublishBatch {
            var batch = PublishBatch()
            for number in range {
                batch.append(
                    subject: "\(name).a", payload: [1], id: MessageID("c", number), expecting: .lastSequence(number - 1)
                )
            }
            return batch
        }
        #expect(await jetStream.publish(chain(1...500)).isComplete)
        let broken = await jetStream.publish(chain(502...900))
        #expect(broken.storedPrefix == 0 && !broken.hasHole && broken.failure?.kind == .conflict)
        guard case .refused(let failure) = broken[0] else { throw NATSServer.TestFailure("\(broken[0])") }
        #expect(failure.code == 10071 && failure.message.contains("wrong last sequence: 500"))
        let overlapping = await jetStream.publish(chain(400...900))
        #expect(overlapping.isComplete && overlapping.duplicates == 101, "what is there is told as a duplicate")
        #expect(try await jetStream.streamInfo(name).lastSequence == 900)
    }

    @Test("A full stream refuses what does not fit, by name, and keeps what it has")
    func full() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        var settings = StreamSettings(name: name, subjects: ["\(name).*"])
        settings.discard = .new
        settings.maxBytes = 100_000
        try await jetStream.ensureStream(settings)
        let results = await jetStream.publish(batch("\(name).a", 0..<1_000, size: 400), window: 32)
        #expect(
            !results.isComplete && !results.hasHole && results.failure?.kind == .full,
            "\(String(describing: results.failure))")
        #expect(results.failure?.message.contains("make room") == true)
        let info = try await jetStream.streamInfo(name)
        #expect(Int(info.messages) == results.storedPrefix && info.messages > 100)
        try await jetStream.purge(name, before: 50)
        let rest = batch("\(name).a", results.storedPrefix..<results.storedPrefix + 20, size: 400)
        #expect(await jetStream.publish(rest).isComplete)
    }

    @Test("A subject that no stream takes, and a message that is too large, are told at once")
    func refused() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let nowhere = await jetStream.publish(batch(unusedName("nowhere."), 0..<3))
        #expect(nowhere.failure?.kind == .noResponders && nowhere.storedPrefix == 0)
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        var large = PublishBatch()
        large.append(subject: "\(name).a", payload: [1])
        large.append(subject: "\(name).a", payload: Array(repeating: 7, count: 2 << 20)[...])
        large.append(subject: "\(name).a", payload: [2])
        let results = await jetStream.publish(large)
        #expect(
            results.storedPrefix == 1 && results.failure?.kind == .tooLarge, "\(String(describing: results.failure))")
        #expect(results[2] == .notSent)
        var bad = PublishBatch()
        bad.append(subject: "a..b c", payload: [1], id: MessageID("x"))
        #expect(await jetStream.publish(bad).isComplete == false)
    }

    @Test("A server killed again and again in the middle of publishing: what is acknowledged is there, once, in order")
    func kills() async throws {
        let server = try await NATSServer.make()
        let jetStream = try await server.jetStream { $0.answerMicroseconds = 3_000_000 }
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        let isOver = Flag()
        let killer = Task {
            defer { isOver.set() }
            for _ in 0..<6 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 200...600)))
                server.stop()
                try await Task.sleep(for: .milliseconds(100))
                try server.start()
            }
        }
        var next: UInt64 = 0
        var failures = 0
        let deadline = Deadline("20,000 messages are stored, and the server is killed no more")
        while !isOver.isSet || next < 20_000 {
            try deadline.check()
            var batch = PublishBatch()
            for number in next..<next + 500 {
                batch.append(
                    subject: "\(name).a", payload: Array("\(number)".utf8)[...], id: MessageID("k", number),
                    expecting: .lastSequence(number))
            }
            let results = await jetStream.publish(batch, window: 200)
            #expect(!results.hasHole)
            if !results.isComplete { failures += 1 }
            next += UInt64(results.storedPrefix)
            if let failure = results.failure, !failure.isTransient {
                // What was stored without an acknowledgement is found by its sequence.
                try #require(failure.kind == .conflict, "\(failure)")
                let last = try await jetStream.streamInfo(name).lastSequence
                try #require(last > next && last <= next + 500, "last \(last), next \(next)")
                next = last
            }
        }
        try await killer.value
        #expect(failures > 0, "no kill hit a batch")
        let info = try await jetStream.streamInfo(name)
        #expect(info.lastSequence == next && info.messages == next)
        var reader = MessageReader(jetStream, ReaderSettings(stream: name))
        var received = MessageBatch()
        var expected: UInt64 = 0
        while expected < next {
            try await reader.read(into: &received, waitingAtMost: 60_000_000)
            try #require(!received.messages.isEmpty && received.gaps.isEmpty)
            for message in received.messages {
                try #require(
                    message.sequence == expected + 1
                        && received.bytes[message.payload].elementsEqual("\(expected)".utf8))
                expected += 1
            }
        }
    }
}
#endif
