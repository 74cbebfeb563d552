#if Server
import FieldExtraction
import Foretail
import NIOCore

/// Sends messages of one tail request: signed, within the limits of its receiver.
struct WebhookSender: Sendable {
    let destination: WebhookDestination
    let receiver: Receiver
    let secrets: WebhookSecrets
    let client: GuardedClient
    let settings: WebhookSettings
    private let clock = ServerClock()

    init(
        destination: WebhookDestination, receiver: Receiver, secrets: WebhookSecrets, client: GuardedClient,
        settings: WebhookSettings
    ) {
        self.destination = destination
        self.receiver = receiver
        self.secrets = secrets
        self.client = client
        self.settings = settings
    }

    /// What became of an attempt.
    enum Attempt: Sendable {
        /// It was taken.
        case taken
        /// It was not.
        case failed(WebhookFailure)
        /// It was not tried: the receiver is left alone for so many microseconds.
        case waits(Int64)
    }

    /// Waits for a place at the receiver, and sends a message once.
    func attempt(_ message: String, _ body: [UInt8]) async -> Attempt {
        guard await receiver.enter(bytes: body.count) else { return .failed(.cancelled) }
        if let wait = receiver.admit() {
            receiver.leave(bytes: body.count, nil)
            return .waits(wait)
        }
        return await post(message, body, timeout: settings.timeoutMicroseconds)
    }

    /// Sends a message once if there is a place to spare.
    ///
    /// - Returns: Nil: there is none.
    func attemptIfIdle(_ message: String, _ body: [UInt8], timeout: Int64) async -> Attempt? {
        guard receiver.tryEnter(bytes: body.count) else { return nil }
        return await post(message, body, timeout: min(timeout, settings.timeoutMicroseconds))
    }

    private func post(_ message: String, _ body: [UInt8], timeout: Int64) async -> Attempt {
        do throws(WebhookFailure) {
            _ = try await client.send(
                GuardedClient.Message(
                    url: destination.url, headers: headers(message, body), body: ByteBuffer(bytes: body),
                    timeout: timeout))
            receiver.leave(bytes: body.count, .well)
            return .taken
        } catch {
            let report: CircuitBreaker.Report =
                switch error.kind {
                // Whoever answers is there.
                case .redirect, .gone: .well
                case .status: error.isOfReceiver ? .unwell : .well
                default: error.isOfReceiver ? .unwell : .unknown
                }
            receiver.leave(bytes: body.count, report)
            return .failed(error)
        }
    }

    private func headers(_ message: String, _ body: [UInt8]) -> [(String, String)] {
        let now = clock.now()
        let seconds = now.microseconds / 1_000_000
        return [
            ("content-type", CloudEventBatch.mediaType), ("user-agent", "foretail/\(ServerVersion.current)"),
            ("webhook-id", message), ("webhook-timestamp", String(seconds)),
            (
                "webhook-signature",
                WebhookSignature.value(id: message, seconds: seconds, body: body, secrets: secrets.inForce(at: now))
            ),
        ]
    }
}
#endif
