/// What a node has to do for a partition.
public struct PartitionDuty: Hashable, Sendable {
    /// How far it is to do it.
    public enum Mode: Hashable, Sendable {
        /// Take it over and serve it.
        case serve
        /// Stop, publish what is due, and say that it is given up: ``ClusterNode/drained(_:epoch:)``.
        case drain
    }

    /// The fencing token.
    public var epoch: UInt32
    /// What to do.
    public var mode: Mode
}
