/// What a ``Prefetcher`` may spend, and how sure it must be.
///
///     var configuration = PrefetchConfiguration(capacity: 10_000)
///     configuration.maximumInFlight = 16
public struct PrefetchConfiguration: Sendable {
    /// The units held at most, demanded and prefetched together: entries, or bytes where entries are given weights.
    public var capacity: Int
    /// The precision that a kind of prefetch must have, at the lower confidence bound of what was measured of it. Default: 0.4;
    /// what is let through is well above, since a bound lies below what is bounded. More saves traffic, less saves waiting.
    public var targetPrecision = 0.4
    /// The memory of predictors at most, in bytes. They grow as needed; beyond it what was used longest ago is forgotten.
    /// Default: 64 MiB.
    public var predictorBytes = 64 << 20
    /// Prefetches under way at once; never more than half of what fits. Beyond it candidates are held back. Default: 64; 0 turns
    /// prefetching off.
    public var maximumInFlight = 64

    /// The defaults for a capacity, which is at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a buffer has room for something")
        self.capacity = capacity
    }
}
