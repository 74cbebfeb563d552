/// What was found in a numeric field of a series: what repeats, how strongly, since when, and what does not stay.
public struct NumericPatterns: Sendable, Equatable {
    /// The seasons, shortest first.
    public var seasons: [SeasonPattern] = []
    /// The trend; nil where there is none to be sure of.
    public var trend: TrendPattern?
    /// The level shifts, in order.
    public var shifts: [LevelShift] = []
    /// The values looked at, missing ones included.
    public var eventCount = 0

    /// The share of the variance that all seasons together explain.
    public var seasonStrength: Double { min(1, seasons.reduce(0) { $0 + $1.strength }) }
}
