/// A lasting change of a series' level.
public struct LevelShift: Sendable, Equatable {
    /// The first event at the new level.
    public var event: Int
    /// The first event that is back at the old level; nil while the new one lasts, or another shift follows.
    public var endEvent: Int?
    /// The time of the first event at the new level.
    public var microseconds: Int64?
    /// The time of the first event that is back.
    public var endMicroseconds: Int64?
    /// The new level minus the old, in the series' own units.
    public var size: Double
    /// The typical level before and after: medians, deseasonalised.
    public var before: Double
    /// The level after.
    public var after: Double
    /// How far it stands out: standard deviations of the differences of neighbouring means of this length elsewhere.
    public var score: Double
}
