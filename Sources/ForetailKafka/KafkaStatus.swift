#if Kafka
/// What a source has seen.
public struct KafkaSourceStatus: Hashable, Sendable {
    /// Partitions that it owns.
    public var partitions: [UInt32] = []
    /// Messages received, whatever became of them.
    public var messages = 0
    /// Messages without a value.
    public var tombstones = 0
    /// Messages whose value holds nothing but blanks.
    public var blanks = 0
    /// Bytes that are ready and not read yet.
    public var readyBytes = 0
    /// Whether the topic is not read on because the pipeline is behind.
    public var isPaused = false
    /// Whether no broker can be reached, as far as is known.
    public var isDown = false
    /// Partitions that left before their events were acknowledged, because that took too long.
    public var lateRevocations = 0
}
#endif
