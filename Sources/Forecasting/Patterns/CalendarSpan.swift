/// The lengths of time that people's days have, after which much of what is measured repeats.
///
/// ```swift
/// CalendarSpan.day.microseconds  // 86,400,000,000
/// CalendarSpan.day.adverb        // "daily"
/// ```
public enum CalendarSpan: Sendable, Hashable, CaseIterable {
    /// An hour.
    case hour
    /// Twelve hours.
    case halfDay
    /// A day.
    case day
    /// A week.
    case week

    /// Its length.
    public var microseconds: Int64 {
        switch self {
        case .hour: 3_600_000_000
        case .halfDay: 43_200_000_000
        case .day: 86_400_000_000
        case .week: 604_800_000_000
        }
    }

    /// Its stable name: `hour`, `12h`, `day`, `week`.
    public var name: String {
        switch self {
        case .hour: "hour"
        case .halfDay: "12h"
        case .day: "day"
        case .week: "week"
        }
    }

    /// How a sentence says it: `hourly`, `every 12 hours`, `daily`, `weekly`.
    public var adverb: String {
        switch self {
        case .hour: "hourly"
        case .halfDay: "every 12 hours"
        case .day: "daily"
        case .week: "weekly"
        }
    }
}
