/// A store's share: how much is asked of it at most.
public struct ReferenceLimits: Sendable, Hashable {
    /// Fetches under way at a time; prefetches take at most half of them.
    public var concurrency = 4
    /// Keys read in one fetch.
    public var batchKeys = 256
    /// Keys read in a second; nil: as many as are asked for. Prefetches leave half of it to events that are there.
    public var keysPerSecond: Double?
    /// Keys that wait to be read for events that are there; beyond, they are refused.
    public var waitingKeys = 65_536
    /// Keys that wait to be read ahead; beyond, they are refused.
    public var waitingPrefetches = 8_192
    /// How long a fetch may take, in microseconds.
    public var timeoutMicroseconds: Int64 = 2_000_000
    /// Failures in a row after which a store is left alone for a while.
    public var failures = 4
    /// How long it is left alone the first time, in microseconds; twice as long each time its probe fails.
    public var shortestPause: Int64 = 100_000
    /// How long it is left alone at most, in microseconds.
    public var longestPause: Int64 = 30_000_000

    /// Creates the default limits.
    public init() {}
}
