/// A trend of a series: how fast it rises or falls, and how sure that is.
public struct TrendPattern: Sendable, Equatable {
    /// The slope per event.
    public var perEvent: Double
    /// The slope per day; nil where time is not known.
    public var perDay: Double?
    /// How many standard errors the drift lies from none.
    public var score: Double
    /// The first event it was measured from.
    public var sinceEvent: Int
}
