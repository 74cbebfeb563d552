#if Server && NATS
import FieldExtraction
import Foretail
import ForetailNATS
import ForetailSQLite
import FoundationEssentials

/// What is kept of webhooks beside the definitions: how far each is, and its secrets. In a bucket of its own, since it is written with
/// every batch, and so that secrets are in nobody's way who reads definitions.
///
/// Secrets stand there as they are, as those of a single server stand in its `webhooks.sqlite`: whoever may read the
/// account's streams, or the disks of its servers, may read them.
struct WebhookBucket: Sendable {
    private let store: RegisterStore
    /// How long messages are signed with the previous secret as well, so that a receiver need not change it at the same moment.
    private static let overlapMicroseconds: Int64 = 86_400_000_000

    init(_ jetStream: JetStream) {
        store = RegisterStore(
            jetStream: jetStream, answerMicroseconds: 2_000_000, bucket: ClusterNames.webhooks)
    }

    static func create(_ jetStream: JetStream, replicas: Int) async throws(NATSFailure) {
        try await RegisterStore.create(jetStream, ClusterNames.webhooks, replicas: replicas)
    }

    // MARK: Marks

    /// How far a webhook is; nil: nothing of it was ever sent.
    func mark(of id: TailRequestID) async throws(NATSFailure) -> (mark: WebhookMark, revision: UInt64)? {
        guard let (bytes, revision) = try await store.read("mark.\(id)"), !bytes.isEmpty else { return nil }
        guard let mark = WebhookMark(bytes) else {
            throw NATSFailure(
                .damaged,
                "bucket '\(ClusterNames.webhooks)', key 'mark.\(id)': it cannot be read; a newer version wrote it, or nobody of us"
            )
        }
        return (mark, revision)
    }

    /// Puts a mark in the place of the one with a revision; 0: where there is none.
    func write(_ mark: WebhookMark, of id: TailRequestID, expecting revision: UInt64) async -> RegisterStore.Outcome {
        await store.write("mark.\(id)", mark.bytes, expecting: revision)
    }

    // MARK: Secrets

    /// What a webhook signs with; nil: it is not there.
    func secret(of id: TailRequestID) async throws(NATSFailure) -> StoredWebhook? {
        try await readSecret(id)?.webhook
    }

    private func readSecret(_ id: TailRequestID) async throws(NATSFailure) -> (
        webhook: StoredWebhook, revision: UInt64
    )? {
        guard let (bytes, revision) = try await store.read("secret.\(id)"),
            let value = try? JSONValue(parsing: bytes), let secret = Self.bytes(value["secret"]),
            let salt = Self.bytes(value["salt"])
        else { return nil }
        var webhook = StoredWebhook(secret: secret, salt: salt)
        webhook.previous = Self.bytes(value["previous"])
        webhook.previousUntil = Timestamp(microseconds: Int64(value["previousUntil"]?.wholeNumber ?? 0))
        return (webhook, revision)
    }

    private static func bytes(_ value: JSONValue?) -> [UInt8]? {
        value?.string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
    }

    /// Keeps a secret, for a new webhook or in the place of the one before.
    ///
    /// - Parameter secret: Nil: the one before.
    /// - Throws: ``NATSFailure``; `conflict` where another call changes it at the same time.
    func keep(_ secret: WebhookSecret?, of id: TailRequestID) async throws(NATSFailure) {
        let known = try await readSecret(id)
        var webhook =
            known?.webhook
            ?? StoredWebhook(
                secret: (secret ?? .random()).bytes, salt: WebhookSecret.randomBytes(16))
        if let secret {
            let end = ServerClock().now().microseconds + Self.overlapMicroseconds
            webhook.replaceSecret(secret.bytes, keepingPreviousUntil: Timestamp(microseconds: end))
        }
        func text(_ bytes: [UInt8]) -> JSONValue { .string(Data(bytes).base64EncodedString()) }
        let document = JSONValue(members: [
            ("secret", text(webhook.secret)), ("salt", text(webhook.salt)), ("previous", webhook.previous.map(text)),
            ("previousUntil", webhook.previous.map { _ in .integer(webhook.previousUntil.microseconds) }),
        ])
        switch await store.write("secret.\(id)", document.bytes, expecting: known?.revision ?? 0) {
        case .written: return
        case .conflict:
            throw NATSFailure(
                .conflict, "the webhook of '\(id)' is changed by another call at the same time; call again")
        case .unknown(let failure): throw failure
        }
    }

    /// Forgets a webhook; its dead letters stay.
    func forget(_ id: TailRequestID) async throws(NATSFailure) {
        try await store.purge("secret.\(id)")
        try await store.purge("mark.\(id)")
    }
}
#endif
