#if Kafka
public import Foretail

/// The log of a stream that Kafka keeps: positions are the source's, and nothing is stored here.
///
///     var pipeline = Pipeline(stream: "orders", …, source: try KafkaSource(settings, stream: descriptor), log: KafkaLog(), …)
public struct KafkaLog: EventLog {
    /// Creates the log.
    public init() {}

    /// Leaves the positions as ``KafkaSource`` gave them.
    public mutating func submit(_ batch: inout EventBatch) async throws(ForetailError) {}

    /// Returns at once: what Kafka has is durable there.
    public mutating func settle() async throws(ForetailError) {}

    /// Refuses: the events are in the topic.
    public mutating func read(
        after position: Position?, limit: Int, into batch: inout EventBatch
    ) async throws(ForetailError) -> Bool {
        throw ForetailError(.log, "this stream is kept in Kafka; read its topic again with another group")
    }

    /// Does nothing: the topic's retention decides.
    public mutating func trim(through position: Position) async throws(ForetailError) {}
}
#endif
