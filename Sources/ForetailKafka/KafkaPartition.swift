#if Kafka
public import Foretail

/// A partition of a topic, with the place where its reading begins or ended.
public struct KafkaPartition: Hashable, Sendable {
    /// The partition's number, as in `Position.partition`.
    public var number: UInt32
    /// The last position that was acknowledged and committed before: by this member when the partition leaves, by whoever had it
    /// when it comes. Reading begins behind it. Nil where the group has none.
    public var acknowledged: Position?
}

/// A change of the partitions that a source owns.
public enum KafkaChange: Hashable, Sendable {
    /// These partitions are read from now on. No event of theirs is given before this change was.
    case assigned([KafkaPartition])
    /// These partitions go to another member: no further event of theirs is given. What was given is to be acknowledged, and where
    /// ``KafkaSourceSettings/waitsForRelease`` is set ``KafkaPartitions/release()`` to be called, before another member gets them.
    case revoked([KafkaPartition])
    /// These partitions were taken away without asking, because the group had not heard from this member for too long. Another
    /// member reads them already, from the last committed offset on.
    case lost([KafkaPartition])
}
#endif
