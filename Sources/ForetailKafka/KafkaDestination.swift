#if Kafka
public import Foretail

/// Records as messages of a topic, one each, by an idempotent producer.
///
///     var settings = KafkaDestinationSettings(try KafkaAddress("kafka://localhost:9092/alerts"))
///     var destination = try KafkaDestination(settings)
///     try await destination.deliver(records, to: DestinationID(0))
///     await destination.close()
///
/// A delivery returns when every record is acknowledged by all replicas in sync. Retries neither reorder nor double: records of
/// one key stay in order. A record is doubled only where a delivery failed and is repeated, or the producer had to be made
/// anew; it then holds the same position.
///
/// The message's key is that of the event, so that one key's events lie in one partition; the partitioner is that of Kafka's own
/// clients (`murmur2_random`).
public struct KafkaDestination: Destination, Sendable {
    private let gate: Gate<KafkaDeliveries>
    private let owner: Owner
    private let place: String
    private var records: RecordKeys

    /// Closes the producer when nobody delivers any more.
    private final class Owner: Sendable {
        private let gate: Gate<KafkaDeliveries>
        init(_ gate: Gate<KafkaDeliveries>) { self.gate = gate }
        deinit { gate.ring { $0.isClosing = true } }
    }

    /// Makes the producer. It connects by itself, on a thread of its own.
    ///
    /// - Parameter notify: Told on the producer's thread of what happens and does not end a delivery. It must not wait.
    /// - Throws: ``ForetailError`` (`badSetting`) naming the setting.
    public init(
        _ settings: KafkaDestinationSettings, notify: @escaping @Sendable (KafkaNotice) -> Void = { _ in }
    ) throws(ForetailError) {
        let gate = Gate(KafkaDeliveries())
        self.gate = gate
        owner = Owner(gate)
        place = KafkaClient.place(settings.address)
        records = RecordKeys(settings.keyFields)
        nonisolated(unsafe) let producer = try KafkaProducer(settings, gate: gate, notify: notify)
        Task(executorPreference: ThreadExecutor()) { producer.run() }
    }

    /// Delivers records; returns when all are acknowledged.
    ///
    /// - Throws: ``ForetailError`` (`destination`): a record is too large, the time is over, the brokers refuse, or the task was
    ///   cancelled. Records of the same delivery may have arrived.
    public mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
        let bytes = copy records
        self.records.cut(bytes)
        guard !self.records.messages.isEmpty else { return }
        let (messages, keys, gate) = (self.records.messages, self.records.keys, gate)
        gate.withLock { $0.isCancelled = false }
        let closed = ForetailError(.destination, "\(place): the destination is closed; make another")
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isTaken = gate.ring { state in
                    guard !state.isClosing else { return false }
                    state.waiting = KafkaDelivery(
                        bytes: bytes, messages: messages, keys: keys, continuation: continuation)
                    return true
                }
                if !isTaken { continuation.resume(returning: .failure(closed)) }
            }
        } onCancel: {
            gate.withLock { $0.isCancelled = true }
        }
        try result.get()
    }

    /// Ends the producer. What was delivered is delivered; nothing else is on its way.
    public func close() async {
        await withCheckedContinuation { continuation in
            let hasEnded = gate.ring { state in
                state.isClosing = true
                if !state.hasEnded { state.closers.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }
}
#endif
