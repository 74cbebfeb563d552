/// A season of a series: after how long it repeats itself, how strongly, and since when.
public struct SeasonPattern: Sendable, Equatable {
    /// Its length in events (in the mean, where events keep to no grid).
    public var periodEvents: Int
    /// Its length in time; nil where that is not known.
    public var periodMicroseconds: Int64?
    /// The calendar's name for it; nil for a free length.
    public var calendar: CalendarSpan?
    /// The share of the variance that its phase profile explains, beyond that of shorter seasons; 0 to 1. Trend and level
    /// shifts are taken off before.
    public var strength: Double
    /// The same share of the movement within the season's length: of the values minus their moving mean of that length. What
    /// wanders from day to day can have a strong day and yet a small ``strength``.
    public var localStrength: Double
    /// The first event from which on it shows.
    public var sinceEvent: Int
    /// The time of that event.
    public var sinceMicroseconds: Int64?
    /// Whether it still shows at the end of the history.
    public var holds: Bool
}
