#if NATS
import CNATS
import FieldExtraction

/// One consumer of a stream, with the subscription to what it sends. Given back with the object.
final class ReaderSession: Sendable {
    let connection: NATSConnection
    let queue: DeliveryQueue
    let consumer: String
    /// The server that it is at; nil: there is no cluster.
    let server: String?
    /// The messages that the stream held for the consumer when it was made.
    let pending: UInt64
    private let number: UInt64
    private let reply: String
    nonisolated(unsafe) private let subscription: OpaquePointer

    private init(
        _ connection: NATSConnection, _ queue: DeliveryQueue, _ number: UInt64, consumer: String, server: String?,
        pending: UInt64, reply: String, subscription: OpaquePointer
    ) {
        self.connection = connection
        self.queue = queue
        self.number = number
        self.consumer = consumer
        self.server = server
        self.pending = pending
        self.reply = reply
        self.subscription = subscription
    }

    deinit {
        connection.hub.unregister(number)
        RetiredSubscription(subscription, queue).end(on: connection)
    }

    /// Makes a consumer and compares what the server made with what was asked.
    ///
    /// - Parameter microseconds: How long the server's answer may take.
    static func open(
        _ jetStream: JetStream, _ settings: ReaderSettings, start: ReaderSettings.Start, next: UInt64,
        within microseconds: Int64
    ) async throws(NATSFailure) -> ReaderSession {
        let what = "consumer of stream '\(settings.stream)'"
        let asked = configuration(settings, start)
        let answer = try await jetStream.ask(
            "CONSUMER.CREATE.\(settings.stream)",
            .members(["stream_name": .string(settings.stream), "config": asked]), "creating a \(what)",
            within: microseconds)
        guard let consumer = answer["name"]?.text else {
            throw NATSFailure(.answer, "creating a \(what): the answer holds no name")
        }
        try ConfigurationComparison.check(asked, answer["config"], what)
        let connection = jetStream.connection
        let queue = DeliveryQueue(
            next: next, header: settings.header, isWhole: settings.subject == nil && start != .lastPerSubject)
        let number = connection.hub.register(queue)
        let reply = connection.hub.inbox.dropLast() + "-\(number)"
        let subscription = await connection.onThread { handle -> Result<SubscriptionPointer, NATSFailure> in
            var subscription: OpaquePointer?
            // Session and retired subscription hold the queue for as long as it may be called.
            let closure = Unmanaged.passUnretained(queue).toOpaque()
            let status = natsConnection_Subscribe(&subscription, handle, String(reply), natsDeliveryArrived, closure)
            guard status == NATS_OK, let subscription else {
                return .failure(LibraryStatus.failure(status, "subscribing to a \(what)"))
            }
            natsSubscription_SetPendingLimits(subscription, -1, -1)
            return .success(SubscriptionPointer(pointer: subscription))
        }
        switch subscription {
        case .success(let subscription):
            return ReaderSession(
                connection, queue, number, consumer: consumer, server: StreamInfo(answer).leader,
                pending: answer["num_pending"]?.sequence ?? 0, reply: String(reply),
                subscription: subscription.pointer)
        case .failure(let failure):
            connection.hub.unregister(number)
            throw failure
        }
    }

    private static func configuration(_ settings: ReaderSettings, _ start: ReaderSettings.Start) -> JSONValue {
        var policy = "all"
        var sequence: JSONValue?
        var time: JSONValue?
        switch start {
        case .all: break
        case .new: policy = "new"
        case .sequence(let number):
            policy = "by_start_sequence"
            sequence = .sequence(max(1, number))
        case .time(let instant):
            policy = "by_start_time"
            time = .string(instant.description)
        case .lastPerSubject: policy = "last_per_subject"
        }
        return .members([
            "deliver_policy": .string(policy),
            "opt_start_seq": sequence,
            "opt_start_time": time,
            "ack_policy": .string("none"),
            "replay_policy": .string("instant"),
            "filter_subject": .string(settings.subject ?? (start == .lastPerSubject ? ">" : "")),
            "headers_only": .bool(settings.isHeadersOnly),
            "inactive_threshold": .integer(60_000_000_000),
            "mem_storage": .bool(true),
            "num_replicas": .integer(1),
        ])
    }

    /// Asks for so many messages more.
    func pull(_ count: Int, _ jetStream: JetStream, _ settings: ReaderSettings) async throws(NATSFailure) {
        var body: [UInt8] = []
        JSONValue.members([
            "batch": .integer(Int64(count)),
            "expires": .integer(max(20_000_000, settings.heartbeatMicroseconds * 10) * 1_000),
            "idle_heartbeat": .integer(settings.heartbeatMicroseconds * 1_000),
        ]).append(to: &body)
        let question = body
        queue.asked(for: count)
        let subject = "\(jetStream.prefix).CONSUMER.MSG.NEXT.\(settings.stream).\(consumer)"
        let status = await connection.onThread { [reply] handle in
            natsConnection_IsReconnecting(handle)
                ? NATS_CONNECTION_DISCONNECTED
                : question.withUnsafeBytes {
                    natsConnection_PublishRequest(handle, subject, reply, $0.baseAddress, Int32($0.count))
                }
        }
        guard status == NATS_OK else { throw LibraryStatus.failure(status, "pulling from stream '\(settings.stream)'") }
    }

    /// Tells the server that the consumer is of no use any more, and waits for nothing.
    func removeSoon(_ jetStream: JetStream, _ settings: ReaderSettings) {
        Task { await remove(jetStream, settings) }
    }

    /// Tells the server that the consumer is of no use any more; it would find out by itself.
    func remove(_ jetStream: JetStream, _ settings: ReaderSettings) async {
        _ = try? await jetStream.ask(
            "CONSUMER.DELETE.\(settings.stream).\(consumer)", nil, "deleting a consumer", within: 1_000_000)
    }
}
#endif
