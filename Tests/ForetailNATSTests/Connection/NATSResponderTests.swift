#if NATS
import Synchronization
import Testing

@testable import ForetailNATS

@Suite("Answering questions", .enabled(if: NATSServer.isAvailable))
struct NATSResponderTests {
    @Test("Each question gets its own answer, at the same time as others")
    func answering() async throws {
        let server = try await NATSServer.make()
        let (asking, answering) = (try await server.connect(), try await server.connect())
        let responder = try await NATSResponder.open(answering, "square") { question in
            Int(String(decoding: question, as: UTF8.self)).map { Array(String($0 * $0).utf8) }
        }
        let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<50 {
                group.addTask { (number, try await asking.request("square", Array(String(number).utf8))) }
            }
            var answers: [Int: String] = [:]
            for try await (number, bytes) in group { answers[number] = String(decoding: bytes, as: UTF8.self) }
            return answers
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, String($0 * $0)) }))
        let none = await #expect(throws: NATSFailure.self) {
            try await asking.request("square", Array("no number".utf8), within: 200_000)
        }
        #expect(none?.kind == .timeout)
        withExtendedLifetime(responder) {}
    }

    @Test("It answers again after the server was away, and no more once it is let go")
    func outliving() async throws {
        let server = try await NATSServer.make()
        let (asking, answering) = (try await server.connect(), try await server.connect())
        var responder: NATSResponder? = try await NATSResponder.open(answering, "here") { $0 }
        server.stop()
        try server.start()
        try await eventually("it answers again") {
            (try? await asking.request("here", [1], within: 500_000)) == [1]
        }
        withExtendedLifetime(responder) {}
        responder = nil
        try await eventually("nobody answers") {
            do throws(NATSFailure) {
                _ = try await asking.request("here", [1], within: 500_000)
                return false
            } catch {
                return error.kind == .noResponders
            }
        }
    }

    @Test("Questions beyond those it has in hand are left unanswered, and it goes on when they are done")
    func bounded() async throws {
        let server = try await NATSServer.make()
        let (asking, answering) = (try await server.connect(), try await server.connect())
        let (gate, hand) = (Flag(), Hand())
        let responder = try await NATSResponder.open(answering, "slow") { question in
            hand.count.withLock { $0 += 1 }
            while !gate.isSet { try? await Task.sleep(for: .milliseconds(5)) }
            return question
        }
        let answered = Task {
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<NATSResponder.mostQuestions {
                    group.addTask { (try? await asking.request("slow", [7], within: 120_000_000)) == [7] }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        try await eventually("all it has room for are in hand") {
            hand.count.withLock { $0 } == NATSResponder.mostQuestions
        }
        #expect((try? await asking.request("slow", [7], within: 300_000)) == nil)
        gate.set()
        #expect(await answered.value == NATSResponder.mostQuestions)
        try await eventually("there is room again") {
            (try? await asking.request("slow", [8], within: 500_000)) == [8]
        }
        #expect(hand.count.withLock { $0 } > NATSResponder.mostQuestions)
        withExtendedLifetime(responder) {}
    }
}

/// How many questions were taken.
private final class Hand: Sendable {
    let count = Mutex(0)
}
#endif
