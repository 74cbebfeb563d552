/// What happened in a simulation that broke no rule.
public struct SimulationReport: Sendable, Hashable {
    /// Events given to the manager, duplicates and garbage included.
    public var events = 0
    /// Events forwarded, once per request.
    public var forwards = 0
    /// Predictions announced.
    public var predictions = 0
    /// Predictions that ended as hits.
    public var hits = 0
    /// Predictions that ended wrong.
    public var wrong = 0
    /// Predictions that expired.
    public var expired = 0
    /// Predictions that were withdrawn.
    public var withdrawn = 0
    /// Watches that began.
    public var watches = 0
    /// A hash of the rendered output, for comparing runs.
    public var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Creates an empty report.
    public init() {}

    /// Adds another simulation's figures.
    public mutating func add(_ other: SimulationReport) {
        events += other.events
        forwards += other.forwards
        predictions += other.predictions
        hits += other.hits
        wrong += other.wrong
        expired += other.expired
        withdrawn += other.withdrawn
        watches += other.watches
        fingerprint = fingerprint &* 31 &+ other.fingerprint
    }
}
