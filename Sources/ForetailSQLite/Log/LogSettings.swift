/// How a stream's log stores, and how long it keeps.
public struct LogSettings: Sendable, Hashable {
    /// When an append counts as durable.
    public var durability: Durability = .fsync
    /// How long events are kept after they came in, in microseconds; nil: for ever.
    public var retentionMicroseconds: Int64?
    /// How many bytes of stored blocks are kept; nil: no limit.
    public var retentionBytes: Int?
    /// The size in bytes that a block of many events has. A single larger event makes a larger block.
    public var blockBytes = 1 << 20
    /// How many bytes may be submitted and not yet durable. Beyond it `submit` refuses with ``LogFailure/Kind/busy``.
    public var queuedBytes = 64 << 20

    /// Creates the default settings.
    public init() {}
}
