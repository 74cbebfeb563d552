#if Server && NATS
import Foretail
import ForetailNATS

/// Batches that no receiver took within their time, in a JetStream stream: the body as it was sent, and in headers what became of it.
struct DeadLetterLog: Sendable {
    let jetStream: JetStream
    private static let idHeader = "webhook-id"

    /// Creates the stream. Where it is full it takes no more, and webhooks wait.
    static func create(
        _ jetStream: JetStream, replicas: Int, _ settings: WebhookSettings
    ) async throws(NATSFailure) {
        var stream = StreamSettings(name: ClusterNames.deadLetters, subjects: ["foretail-cluster.dead.*"])
        stream.replicas = replicas
        stream.discard = .new
        stream.maxMessages = Int64(settings.deadLetters)
        stream.maxBytes = Int64(settings.deadLetterBytes)
        try await jetStream.ensureStream(stream)
    }

    /// Keeps a batch. One that is the last of its request already is not kept again.
    ///
    /// - Returns: Whether there was room.
    /// - Throws: ``NATSFailure`` where it is not known.
    func bury(
        _ message: String, _ body: [UInt8], of request: TailRequestID, records: Int, attempts: Int, reason: String
    ) async throws(NATSFailure) -> Bool {
        let subject = ClusterNames.deadLetters(request)
        if let last = try await jetStream.lastMessage(ClusterNames.deadLetters, subject: subject),
            last.header(Self.idHeader) == message
        {
            return true
        }
        var batch = PublishBatch()
        batch.append(
            subject: subject, payload: body[...], id: MessageID("dead.\(message)"),
            headers: [
                (Self.idHeader, message), ("Foretail-Records", "\(records)"), ("Foretail-Attempts", "\(attempts)"),
                ("Foretail-Reason", String(reason.map { $0.isNewline ? " " : $0 })),
            ])
        let results = await jetStream.publish(batch, window: 1, within: 2_000_000)
        guard let failure = results.failure else { return true }
        if failure.kind == .full { return false }
        throw failure
    }
}
#endif
