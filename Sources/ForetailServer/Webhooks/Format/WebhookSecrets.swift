#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// What a webhook's messages are signed with: its secret, and for a time after a change the one before.
struct WebhookSecrets: Sendable {
    private let current: WebhookSecret
    private let previous: (secret: WebhookSecret, until: Timestamp)?

    init(_ webhook: StoredWebhook) {
        current = WebhookSecret(bytes: webhook.secret)
        previous = webhook.previous.map { (WebhookSecret(bytes: $0), webhook.previousUntil) }
    }

    /// Those that messages of this moment are signed with.
    func inForce(at now: Timestamp) -> [WebhookSecret] {
        guard let previous, now < previous.until else { return [current] }
        return [current, previous.secret]
    }
}
#endif
