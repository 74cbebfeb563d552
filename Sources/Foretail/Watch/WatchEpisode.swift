import FieldExtraction
import Forecasting

/// What is open of one watch on one key.
struct WatchEpisode {
    /// Its number.
    var id: UInt64
    /// What was said of it.
    var probability: Double
    /// From when on the match is expected.
    var windowStart: Timestamp
    /// Until when.
    var windowEnd: Timestamp
    /// Whether what was said rested on enough past windows.
    var isCalibrated: Bool
    /// When it is over without an event.
    var deadline: Timestamp
}

/// What one watching request keeps of one key.
struct SeriesWatch {
    /// A probability whose window is not over yet.
    struct Pending {
        var made: Timestamp
        var raw: Double
        var said: Double
        /// Whether no earlier one that counts as a window is still open.
        var isWindow: Bool
    }

    /// The warning under way.
    var expected: WatchEpisode?
    /// The alarm under way.
    var overdue: WatchEpisode?
    /// Probabilities that wait for their outcome, oldest first.
    var pending: [Pending] = []
    /// Whether the last event did not match: only then is there something to warn of.
    var isArmed = false
    /// The ordinal at which paths were looked at last.
    var looked = 0
    /// The last match.
    var lastMatch: Timestamp?
    /// When the next match is overdue; nil while unknown, or while an alarm is under way.
    var due: Timestamp?
    /// The time by which half of the matches come after the last one.
    var median: Int64 = 0
    /// How far from that time they came of late, on average, single outliers cut; in microseconds.
    var deviation = 0.0
    /// When the matches come, where that is not when the key's events come.
    var arrival: ArrivalForecaster?

    /// Takes in how far from its median time a match came.
    mutating func note(gap: Int64) {
        guard median > 0 else { return }
        let distance = abs(Double(gap) - Double(median))
        let most = deviation > 0 ? max(5 * deviation, 0.02 * Double(median)) : 0.1 * Double(median)
        deviation += 0.03 * (min(distance, most) - deviation)
    }
}
