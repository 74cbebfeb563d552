#if NATS
import Foretail
import Testing

@testable import ForetailNATS

/// The fence of everything that has one writer at a time: of messages that are to follow the same one, a stream takes one.
@Suite("Following", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(15)))
struct FollowingTests {
    /// What a writer knows of its try.
    private enum Outcome {
        case won(UInt64)
        case lost
        case unknown
    }

    private func write(_ jetStream: JetStream, _ subject: String, _ text: String, following: UInt64) async -> Outcome {
        var batch = PublishBatch()
        batch.append(subject: subject, payload: Array(text.utf8)[...], following: following)
        switch await jetStream.publish(batch, window: 1, within: 2_000_000)[0] {
        case .stored(let sequence, isDuplicate: false): return .won(sequence)
        case .stored: return .lost
        case .refused(let failure): return failure.kind == .conflict ? .lost : .unknown
        case .unknown, .notSent: return .unknown
        }
    }

    /// All messages of a stream, in order.
    private func messages(_ jetStream: JetStream, _ name: String) async throws -> [(subject: String, text: String)] {
        let last = try await jetStream.streamInfo(name).lastSequence
        var reader = MessageReader(jetStream, ReaderSettings(stream: name))
        var batch = MessageBatch()
        var found: [(String, String)] = []
        while found.count < Int(last) {
            try await reader.read(into: &batch, waitingAtMost: 60_000_000)
            try #require(!batch.messages.isEmpty && batch.gaps.isEmpty)
            for message in batch.messages {
                found.append((batch.subject(message), String(decoding: batch.bytes[message.payload], as: UTF8.self)))
            }
        }
        await reader.close()
        return found
    }

    @Test("Nine writers at once over three servers, round after round: each place is taken once")
    func race() async throws {
        let server = try await NATSServer.make(3)
        let first = try await server.jetStream()
        var settings = StreamSettings(name: "F", subjects: ["F.*"])
        settings.replicas = 3
        try await first.ensureStream(settings)
        var writers: [JetStream] = []
        for number in 0..<9 { writers.append(JetStream(try await server.connect(only: number % 3))) }
        guard case .won(var last) = await write(first, "F.a", "begin", following: 0) else {
            throw NATSServer.TestFailure("the first message was not taken")
        }
        for round in 0..<300 {
            let before = last
            let outcomes = await withTaskGroup(of: Outcome.self) { group in
                for (number, writer) in writers.enumerated() {
                    group.addTask { await write(writer, "F.a", "\(round) \(number)", following: before) }
                }
                return await group.reduce(into: [Outcome]()) { $0.append($1) }
            }
            let won = outcomes.compactMap { (outcome) -> UInt64? in
                if case .won(let sequence) = outcome { sequence } else { nil }
            }
            try #require(won.count == 1, "round \(round): \(outcomes)")
            last = won[0]
        }
        let all = try await messages(first, "F")
        #expect(all.count == 301, "what lost is not stored either")
    }

    @Test(
        "The leader killed under writers of the same chains, one of them behind: no place is taken twice, none is left out"
    )
    func chains() async throws {
        let server = try await NATSServer.make(3)
        let first = try await server.jetStream { $0.answerMicroseconds = 2_000_000 }
        var settings = StreamSettings(name: "F", subjects: ["F.*"])
        settings.replicas = 3
        try await first.ensureStream(settings)
        let isOver = Flag()
        let killer = Task {
            for _ in 0..<4 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 500...2_000)))
                var leader: String?
                try await eventually("the stream has a leader") {
                    leader = try? await first.streamInfo("F", within: 2_000_000).leader
                    return leader != nil
                }
                let index = Int(leader!.dropFirst())!
                server.stop(index)
                try await Task.sleep(for: .milliseconds(2_000))
                try server.start(index)
                try await eventually("all copies are up to date") {
                    guard let info = try? await first.streamInfo("F", within: 2_000_000) else { return false }
                    return info.leader != nil && info.replicas.count == 2 && info.replicas.allSatisfy(\.isCurrent)
                }
            }
            isOver.set()
        }
        // Each writes "place writer" behind what it finds, as an owner does behind the end of its subject; every third
        // believes what it knew some writes ago.
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                group.addTask {
                    guard let jetStream = try? await server.jetStream({ $0.answerMicroseconds = 2_000_000 }) else {
                        Issue.record("no connection")
                        return
                    }
                    let subject = "F.\(number % 2)"
                    var known: [(sequence: UInt64, place: Int)] = []
                    while !isOver.isSet {
                        guard let message = try? await jetStream.lastMessage("F", subject: subject) else {
                            if known.isEmpty { _ = await write(jetStream, subject, "0 \(number)", following: 0) }
                            continue
                        }
                        let words = String(decoding: message.payload, as: UTF8.self).split(separator: " ")
                        known.append((message.sequence, Int(words[0])!))
                        if known.count > 3 { known.removeFirst() }
                        let tail = number >= 4 ? known.first! : known.last!
                        _ = await write(jetStream, subject, "\(tail.place + 1) \(number)", following: tail.sequence)
                    }
                    await jetStream.connection.close()
                }
            }
        }
        try await killer.value
        var places: [String: Int] = [:]
        var writers: Set<String> = []
        for (subject, text) in try await messages(first, "F") {
            let words = text.split(separator: " ")
            let next = places[subject].map { $0 + 1 } ?? 0
            try #require(Int(words[0]) == next, "\(subject): \(text) where \(next) is expected")
            places[subject] = next
            writers.insert(String(words[1]))
        }
        #expect(places.count == 2 && places.values.allSatisfy { $0 > 50 }, "\(places)")
        #expect(writers.count >= 4, "\(writers): hardly anybody raced")
    }
}
#endif
