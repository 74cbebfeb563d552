/// Something that a node learned or did, for its log.
public enum ClusterNote: Hashable, Sendable {
    /// It has a session.
    case joined(SessionID)
    /// Its session is over: others took it for dead.
    case lost(SessionID)
    /// It ended the session of a node that was silent for too long.
    case expelled(SessionID)
    /// It owns a partition.
    case claimed(PartitionID, epoch: UInt32)
    /// It gave a partition up.
    case released(PartitionID, epoch: UInt32)
}
