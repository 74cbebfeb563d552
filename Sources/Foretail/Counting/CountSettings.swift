public import FieldExtraction

/// How the events of a stream are counted: per which window of event time, and by which fields.
///
///     var settings = CountSettings(windowMicroseconds: 60_000_000)
///     settings.by = [FieldPath("path")]
///
/// Windows are aligned to 1970-01-01T00:00:00Z: an hour begins on the hour, a day at midnight UTC, seven days on a Thursday.
/// A window holds its first instant and not its last.
public struct CountSettings: Sendable, Hashable {
    /// The length of a window, in microseconds, from a millisecond to 366 days.
    public var windowMicroseconds: Int64
    /// The fields that are counted apart, and that every count holds; empty: all events are one series.
    public var by: [FieldPath] = []
    /// How many windows of silence in a row a key is given zeros for; then it is given none until it comes again. Nil: 1,440
    /// (a day of minutes), and 100,000 where there is no key. It bounds what a jump in time can print.
    public var silentWindows: Int?
    /// Keys known at a time; for a further one the key seen longest ago leaves. What its open windows held is then not counted.
    public var keys = 100_000
    /// Counts of windows that are still open, of all keys together; beyond it the oldest window closes early.
    public var openCounts = 1_000_000

    /// Creates settings that count all events of a window together.
    public init(windowMicroseconds: Int64) { self.windowMicroseconds = windowMicroseconds }

    /// The shortest and the longest window.
    static let windows: ClosedRange<Int64> = 1_000...366 * 86_400_000_000
    /// The most fields to count by.
    static let fieldLimit = 16
    /// The names that a count has for itself.
    static let ownNames = ["time", "count"]

    /// How many windows of silence are given zeros.
    var zeros: Int64 { Int64(silentWindows ?? (by.isEmpty ? 100_000 : 1_440)) }

    /// Refuses settings outside their limits.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming the setting, its value and the remedy.
    func validate() throws(ForetailError) {
        guard Self.windows.contains(windowMicroseconds) else {
            throw ForetailError(.badSetting, "count: expected a window from 1ms to 366d")
        }
        guard by.count <= Self.fieldLimit else {
            throw ForetailError(.badSetting, "by: \(by.count) fields; at most \(Self.fieldLimit) are counted by")
        }
        for (place, path) in by.enumerated() {
            guard path.root == .event, let first = path.keys.first else {
                throw ForetailError(.badSetting, "by: \(path) is no field of an event; name fields such as 'path'")
            }
            if Self.ownNames.contains(first) {
                throw ForetailError(
                    .badSetting, "by: a count has a \(first) of its own, so it cannot hold the field \(path.name) too")
            }
            for other in by[..<place] where path.keys.starts(with: other.keys) || other.keys.starts(with: path.keys) {
                throw ForetailError(
                    .badSetting,
                    "by: \(other.name) and \(path.name) are the same field, or one is within the other; name one of them"
                )
            }
        }
        guard zeros >= 0, keys > 0, openCounts > 0 else {
            throw ForetailError(
                .badSetting, "count: silentWindows is at least 0, keys and openCounts are at least 1")
        }
    }
}
