#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Logging
import Synchronization

/// All webhooks of a server: what is kept of them, the client, the receivers, and the deliveries for those who ask how they go.
final class WebhookDesk: Sendable {
    let settings: WebhookSettings
    let client: GuardedClient
    let logger: Logger
    private let kept: WebhookStore
    /// The file's thread: every batch waits for its disk.
    private let pool = BlockingPool(threads: 1)
    private let receivers = Mutex<[String: Receiver]>([:])
    private let deliveries = Mutex<[TailRequestID: WebhookDelivery]>([:])

    /// Opens the file of webhooks in a data folder.
    ///
    /// - Throws: ``StartError`` naming the file or the setting, and the remedy.
    init(_ configuration: ServerConfiguration, logger: Logger) throws(StartError) {
        settings = configuration.webhooks
        self.logger = logger
        client = try GuardedClient(settings, resolver: configuration.webhookResolver ?? SystemResolver())
        do throws(CatalogueFailure) {
            kept = try WebhookStore(path: "\(configuration.dataFolder)/webhooks.sqlite")
        } catch {
            throw StartError(message: error.message)
        }
    }

    /// Ends all connections and closes the file.
    func close() async {
        await client.close()
        try? kept.close()
    }

    /// Asks something of the file, which waits for the disk.
    func store<Value: Sendable>(
        _ work: @escaping @Sendable (WebhookStore) throws(CatalogueFailure) -> Value
    ) async throws(Problem) -> Value {
        let kept = kept
        do throws(CatalogueFailure) {
            return try await pool.run { () throws(CatalogueFailure) in try work(kept) }
        } catch {
            throw Problem(error)
        }
    }

    // MARK: Requests

    /// How long messages are signed with the previous secret as well, so that a receiver need not change it at the same moment.
    private static let overlapMicroseconds: Int64 = 86_400_000_000

    /// Keeps a secret, for a new webhook or in the place of the one before; a webhook that was stopped goes on.
    ///
    /// - Parameter secret: Nil: the one before.
    func register(_ id: TailRequestID, secret: WebhookSecret?) async throws(Problem) {
        try await store { (store) throws(CatalogueFailure) in
            let known = try store.webhook(of: id.number)
            guard var webhook = known else {
                let secret = secret ?? WebhookSecret.random()
                return try store.put(
                    StoredWebhook(secret: secret.bytes, salt: WebhookSecret.randomBytes(16)), of: id.number)
            }
            if let secret {
                let end = ServerClock().now().microseconds + Self.overlapMicroseconds
                webhook.replaceSecret(secret.bytes, keepingPreviousUntil: Timestamp(microseconds: end))
            }
            try store.put(webhook, of: id.number)
        }
    }

    /// Forgets a webhook; its dead letters stay.
    func forget(_ id: TailRequestID) async {
        do throws(Problem) {
            try await store { (store) throws(CatalogueFailure) in try store.remove(id.number) }
        } catch {
            logger.error(
                "webhook not forgotten; it goes at the next start",
                metadata: ["request": .string(id.description), "reason": .string(error.detail)])
        }
    }

    /// Forgets webhooks whose tail requests are not there: their registration or removal was broken off.
    func retain(_ requests: Set<UInt32>) async throws(Problem) {
        try await store { (store) throws(CatalogueFailure) in
            for number in try store.requests().subtracting(requests) { try store.remove(number) }
        }
    }

    // MARK: Deliveries

    /// Makes the delivery of a tail request, as it is kept now.
    func begin(
        _ request: RegisteredRequest, _ destination: WebhookDestination,
        subscribe: @escaping @Sendable (Subscription.Start) async throws(Problem) -> Subscription
    ) async -> WebhookDelivery {
        let number = request.id.number
        let webhook: StoredWebhook
        do throws(Problem) {
            webhook =
                try await store { (store) throws(CatalogueFailure) in try store.webhook(of: number) }
                ?? StoredWebhook(
                    secret: [], salt: [],
                    stopped: "its secret is gone from webhooks.sqlite; PATCH the destination with a secret")
        } catch {
            webhook = StoredWebhook(
                secret: [], salt: [], stopped: "\(error.detail); PATCH the destination when the file can be read")
        }
        let delivery = WebhookDelivery(request, destination, webhook: webhook, desk: self, subscribe: subscribe)
        deliveries.withLock { $0[request.id] = delivery }
        return delivery
    }

    /// Forgets a delivery that ended, and its receiver where nobody else sends there.
    func end(_ id: TailRequestID) {
        let names = deliveries.withLock { deliveries in
            deliveries[id] = nil
            return Set(deliveries.values.map(\.sender.receiver.name))
        }
        receivers.withLock { receivers in receivers = receivers.filter { names.contains($0.key) } }
    }

    /// The delivery of a tail request; nil: it has none, or no webhook.
    func delivery(_ id: TailRequestID) -> WebhookDelivery? { deliveries.withLock { $0[id] } }

    /// How the deliveries go.
    var statuses: [(id: TailRequestID, status: DeliveryStatus)] {
        deliveries.withLock { Array($0) }.map { ($0.key, $0.value.status) }
    }

    /// A host and port.
    func receiver(_ name: String) -> Receiver {
        receivers.withLock { receivers in
            if let known = receivers[name] { return known }
            let receiver = Receiver(name, settings)
            receivers[name] = receiver
            return receiver
        }
    }

    /// The receivers, by name.
    var allReceivers: [Receiver] { receivers.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// Dead letters, and the bytes of their bodies.
    var deadLetterUsage: (count: Int, bytes: Int) { kept.deadLetterUsage }
}
#endif
