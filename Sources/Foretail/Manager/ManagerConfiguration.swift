public import FilterLanguage

/// The parameters of a manager: its seed, its limits, and what filters need of the platform.
public struct ManagerConfiguration: Sendable {
    /// The seed of every hash and sample; the same seed and inputs give the same outputs.
    public var seed: UInt64
    /// The named limits.
    public var limits: Limits

    /// Where filters find time zones.
    public var zones: TimeZoneDatabase

    /// Whether filters may read `meta.surprise`. Whoever judges an event again, from a log, does not know how surprising it was when it
    /// came, and leaves this off.
    public var offersSurprise = true

    /// The number of the first prediction, and of the first watch. Managers of one stream's partitions begin far apart, so that no two
    /// predictions of a request have the same id.
    public var firstPrediction: UInt64 = 1

    /// Creates a configuration.
    public init(seed: UInt64 = 1, limits: Limits = Limits(), zones: TimeZoneDatabase = .platform) {
        self.seed = seed
        self.limits = limits
        self.zones = zones
    }
}
