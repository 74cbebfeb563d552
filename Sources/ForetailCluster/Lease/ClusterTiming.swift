/// The durations of a cluster, in microseconds of each node's own monotonic clock. All nodes have the same.
///
/// What makes them safe: a session is valid for `lease` from *before* its renewal was sent; another node ends it only after it saw
/// the register unchanged for `lease + margin`, counted from *after* it first saw that revision. No two clocks are compared.
/// Clocks whose rates differ by less than `margin / lease` keep the two apart.
public struct ClusterTiming: Hashable, Sendable {
    /// How long a session is valid after it was renewed.
    public var lease: Int64 = 3_000_000
    /// How much longer others wait.
    public var margin: Int64 = 1_000_000
    /// How long after its last renewal a session is renewed.
    public var renewal: Int64 = 1_000_000
    /// How often registers of others are read.
    public var poll: Int64 = 500_000
    /// How long an answer is waited for; then the command's outcome counts as unknown.
    public var answer: Int64 = 700_000
    /// How long a node's own session must have been valid without a break before it ends that of another: after an outage of the
    /// registers everybody is late, and has this long to say that it lives.
    public var settling: Int64 = 500_000

    /// Creates the default timing: takeover of a dead node's partitions after some 4.5 s.
    public init() {}

    /// How long a session must be unchanged before others end it.
    public var quiet: Int64 { lease + margin }
}
