#if Kafka
/// Something that happened to a source or a destination in Kafka, and that does not stop it.
public struct KafkaNotice: Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public enum Reason: String, Sendable {
        /// No broker can be reached; it goes on by itself once one can.
        case down
        /// Brokers answer again.
        case up
        /// Partitions came or went.
        case rebalanced
        /// Events were deleted in Kafka before they were read; a gap tells the same to the tail.
        case gap
        /// Offsets could not be committed; they are committed again, or read again by the partition's next owner.
        case commit
        /// The producer failed for good and was replaced.
        case producer
        /// Something else that a person may want to know.
        case other
    }

    /// What happened.
    public var reason: Reason
    /// A sentence naming the topic and what is done about it.
    public var message: String

    /// The message.
    public var description: String { message }
}
#endif
