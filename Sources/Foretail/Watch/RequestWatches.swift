import FieldExtraction
import Forecasting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The watches of one request: what is open on which key, and how far what it says can be trusted.
///
/// A warning's raw probability is the share of sample paths with a match. It is calibrated twice, by its own outcomes on all keys:
/// the share of windows with such a raw probability that had a match, and less what warnings have promised too much, because what
/// is picked for being high is high by luck as well.
///
///     said = calibrated(raw) − Σ (said − came) ÷ (warnings + 20), decayed by .99 a warning
///
/// The time from which an alarm is given is stretched by a factor that follows the alarms that were false: + 2 % for each, minus 2 % ×
/// (1 − P) for each match in time, within .8…5.
struct RequestWatches {
    /// What is watched for.
    let settings: WatchSettings
    /// What is kept of the keys, by their number.
    var series: [Int32: SeriesWatch] = [:]
    /// What is kept of the stream as a whole, where it has several keys.
    var whole = SeriesWatch()
    /// What is under way on keys that have no series yet since a restart, by key.
    var carried: [[UInt8]: SeriesWatch] = [:]

    private var calibrator = Calibrator()
    private(set) var windows = 0
    private var promised = 0.0
    private var warnings = 0.0
    private var stretch = 1.0

    init(_ settings: WatchSettings) { self.settings = settings }

    /// The probabilities of a key that may wait for their outcome.
    static let pendingLimit = 12

    // MARK: Warnings

    /// Whether what is said rests on enough windows.
    var isCalibrated: Bool { windows >= WatchSettings.calibrationWindows }

    /// What is said of a raw probability.
    func said(_ raw: Double) -> Double {
        let said = calibrator.calibrated(raw) - promised / (warnings + 20)
        return min(max(PrintedNumber(said, exponent: -4).value, 0), 1)
    }

    /// Takes in how a window turned out.
    mutating func learn(_ pending: SeriesWatch.Pending, came: Bool) {
        calibrator.learn(raw: pending.raw, hit: came)
        if pending.isWindow { windows += 1 }
    }

    /// Takes in how a warning turned out.
    mutating func note(_ episode: WatchEpisode, came: Bool) {
        promised = 0.99 * promised + episode.probability - (came ? 1 : 0)
        warnings = 0.99 * warnings + 1
    }

    // MARK: Alarms

    /// Gaps from which on a key's matches have a habit.
    private static let habit = 12

    /// When a match that follows another is overdue, and by when half of such matches have come, in microseconds after it.
    ///
    /// - Parameter deviation: How far such matches usually come from their median time: quantiles told for the moment may be
    ///   narrower than the past allows.
    func due(
        _ arrival: ArrivalForecaster, deviation: Double, probability: Double
    ) -> (due: Int64, median: Int64)? {
        guard arrival.count >= Self.habit else { return nil }
        let quantiles = arrival.quantiles(of: 0)
        let middle = quantiles.median
        // Of normal errors one in twenty is later than twice their mean.
        let late = max(quantiles.ninetyFifth, middle + 2 * deviation)
        var gap: Double
        if probability >= 0.95 {
            // As if the tail were exponential: exact for one that is, careful with any lighter. Where gaps are regular there is room
            // for twice that before the next one is due, and quantiles of few gaps are themselves uncertain.
            let care = late < 1.5 * middle ? 2.0 : 1
            gap = late + care * (late - middle) * log10(0.05 / (1 - probability))
        } else {
            let share = log10(0.5 / (1 - probability))
            gap = middle + (late - middle) * min(max(share, 0), 1)
        }
        gap = middle + max((gap - middle) * stretch, 0.1 * middle)
        guard middle > 0, gap.isFinite, gap < 4e17 else { return nil }
        return (Int64(gap.rounded(.up)), Int64(middle))
    }

    /// Takes in whether a match came after its alarm was due.
    mutating func note(isLate: Bool, probability: Double) {
        stretch = min(max(stretch * (1 + 0.02 * ((isLate ? 1 : 0) - (1 - probability))), 0.8), 5)
    }
}

extension RequestWatches {
    /// Takes over what was learned of reliability.
    mutating func adopt(_ other: RequestWatches) {
        (calibrator, windows) = (other.calibrator, other.windows)
        (promised, warnings, stretch) = (other.promised, other.warnings, other.stretch)
    }

    /// Writes what was learned of reliability, or reads it back. What is open on a key is not: it ends with a restart.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try calibrator.pass(through: &coder)
        try coder.pass(&windows)
        try coder.pass(&promised)
        try coder.pass(&warnings)
        try coder.pass(&stretch)
        try coder.check(warnings >= 0 && stretch >= 0.8 && stretch <= 5, "a watch has lost its measure")
    }
}
