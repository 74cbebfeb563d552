#if NATS
import CNATS
import Synchronization

/// Answers what is asked under a subject for as long as it is held: request and reply, from the other side.
///
///     let responder = try await NATSResponder.open(connection, "inventory.n1") { question in stock(of: question) }
///
/// Each question is answered by a task of its own, so answers may come in another order. It outlives connections that break; what was
/// asked meanwhile is gone, as with every message that nobody keeps.
public final class NATSResponder: Sendable {
    /// Questions that are answered at a time; what comes beyond is left unanswered.
    public static let mostQuestions = 64

    private let desk: QuestionDesk
    private let connection: NATSConnection
    nonisolated(unsafe) private let subscription: OpaquePointer

    private init(_ connection: NATSConnection, _ desk: QuestionDesk, subscription: OpaquePointer) {
        self.connection = connection
        self.desk = desk
        self.subscription = subscription
    }

    deinit { RetiredSubscription(subscription, desk).end(on: connection) }

    /// Begins to answer.
    ///
    /// - Parameters:
    ///   - subject: What is listened to.
    ///   - answer: Makes the reply; nil: there is none, and who asked waits in vain.
    /// - Throws: ``NATSFailure`` where the connection is closed.
    public static func open(
        _ connection: NATSConnection, _ subject: String, answer: @escaping @Sendable ([UInt8]) async -> [UInt8]?
    ) async throws(NATSFailure) -> NATSResponder {
        let desk = QuestionDesk(connection, answer)
        let patience = max(1, connection.settings.answerMicroseconds / 1_000)
        let result = await connection.onThread { handle -> Result<SubscriptionPointer, NATSFailure> in
            var subscription: OpaquePointer?
            // Responder and retired subscription hold the desk for as long as it may be called.
            let closure = Unmanaged.passUnretained(desk).toOpaque()
            let status = natsConnection_Subscribe(&subscription, handle, subject, natsQuestionArrived, closure)
            guard status == NATS_OK, let subscription else {
                return .failure(LibraryStatus.failure(status, "subscribing to '\(subject)'"))
            }
            // Only what the server has heard of is answered. Without one it will hear of it with the next connection.
            if !natsConnection_IsReconnecting(handle) { natsConnection_FlushTimeout(handle, patience) }
            return .success(SubscriptionPointer(pointer: subscription))
        }
        return NATSResponder(connection, desk, subscription: try result.get().pointer)
    }
}

/// Takes questions from the library and has them answered.
final class QuestionDesk: Sendable {
    private let connection: NATSConnection
    private let answer: @Sendable ([UInt8]) async -> [UInt8]?
    private let count = Mutex(0)

    init(_ connection: NATSConnection, _ answer: @escaping @Sendable ([UInt8]) async -> [UInt8]?) {
        self.connection = connection
        self.answer = answer
    }

    /// Takes a question, on a thread of the library.
    func take(_ message: OpaquePointer) {
        guard let reply = natsMsg_GetReply(message).map({ String(cString: $0) }), !reply.isEmpty else { return }
        let hasRoom = count.withLock { count in
            guard count < NATSResponder.mostQuestions else { return false }
            count += 1
            return true
        }
        guard hasRoom else { return }
        let question = MessageBytes.payload(message)
        Task {
            if let bytes = await answer(question) { try? await connection.send(reply, bytes) }
            count.withLock { $0 -= 1 }
        }
    }
}
#endif
