#if NATS
import FieldExtraction
import Foretail
import Testing

@testable import ForetailNATS

@Suite("Streams", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct StreamTests {
    @Test("A stream is made as asked, found again, and changed where that is allowed")
    func ensure() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        var settings = StreamSettings(name: name, subjects: ["\(name).*"])
        settings.description = "a test"
        let first = try await jetStream.ensureStream(settings)
        #expect(first.name == name && first.lastSequence == 0 && !first.created.isEmpty)
        let again = try await jetStream.ensureStream(settings)
        #expect(again.created == first.created)
        settings.maxBytes = 1 << 20
        let changed = try await jetStream.ensureStream(settings)
        #expect(changed.created == first.created)
        settings.storage = .memory
        let refusal = await #expect(throws: NATSFailure.self) { try await jetStream.ensureStream(settings) }
        #expect(refusal?.message.contains(name) == true)
        let kept = await #expect(throws: NATSFailure.self) {
            try await jetStream.ensureStream(settings, updates: false)
        }
        #expect(kept?.kind == .configuration)
        #expect(
            kept?.message.contains("storage (asked \"memory\", is \"file\")") == true, "\(String(describing: kept))")
    }

    @Test("An option that the server drops without a word is an error that names it")
    func dropped() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        var settings = StreamSettings(name: name, subjects: ["\(name).*"])
        settings.more = [.init(key: "no_such_option", value: .object([.init(key: "owner", value: .string("me"))]))]
        let failure = await #expect(throws: NATSFailure.self) { try await jetStream.ensureStream(settings) }
        #expect(failure?.kind == .configuration)
        #expect(failure?.message.contains("no_such_option") == true, "\(String(describing: failure))")
    }

    @Test("Messages are found by sequence and by subject, with headers; purging keeps what is behind")
    func messages() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        try await jetStream.ensureStream(StreamSettings(name: name, subjects: ["\(name).*"]))
        var batch = PublishBatch()
        for index in 0..<10 {
            batch.append(
                subject: "\(name).\(index % 2)", payload: Array("message \(index) é\0".utf8)[...],
                id: MessageID("m", UInt64(index)), headers: [("Colour", "red: \(index)")])
        }
        let results = await jetStream.publish(batch)
        #expect(results.isComplete && results.sequences == Array(1...10))
        let third = try await jetStream.message(name, at: 3)
        #expect(third.payload == Array("message 2 é\0".utf8) && third.subject == "\(name).0" && third.sequence == 3)
        #expect(third.header("Colour") == "red: 2" && third.header("Nats-Msg-Id") == "m-2")
        #expect(try await jetStream.lastMessage(name, subject: "\(name).0")?.sequence == 9)
        #expect(try await jetStream.lastMessage(name, subject: "\(name).7") == nil)
        #expect(try await jetStream.purge(name, before: 1) == 0, "nothing lies before the first")
        #expect(try await jetStream.purge(name, subject: "\(name).0", before: 1) == 0)
        #expect(try await jetStream.streamInfo(name).messages == 10)
        #expect(try await jetStream.purge(name, before: 5) == 4)
        let info = try await jetStream.streamInfo(name)
        #expect(info.firstSequence == 5 && info.lastSequence == 10 && info.messages == 6 && info.lastTime != nil)
        let gone = await #expect(throws: NATSFailure.self) { try await jetStream.message(name, at: 3) }
        #expect(gone?.kind == .notFound)
        #expect(try await jetStream.subjectCounts(name, filter: "\(name).*") == ["\(name).0": 3, "\(name).1": 3])
        try await jetStream.deleteStream(name)
        try await jetStream.deleteStream(name)
        let missing = await #expect(throws: NATSFailure.self) { try await jetStream.streamInfo(name) }
        #expect(missing?.kind == .notFound && missing?.message.contains(name) == true)
    }
}
#endif
