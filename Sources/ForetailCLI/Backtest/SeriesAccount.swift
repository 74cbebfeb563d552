import FieldExtraction
import Forecasting
import Foretail

/// What a backtest keeps of one key.
final class SeriesAccount {
    /// The key, as people read it.
    let name: String
    let key: [UInt8]
    /// Events and predictions of the key.
    var tally = Tally(leadLimit: BacktestLimits.leadsOfSeries)
    /// The scores of its numeric fields by number; empty where the key is not scored.
    private(set) var fields: [Int: FieldScorer] = [:]
    /// The scores of its windows; nil where the key is not scored.
    private(set) var windows: WindowScorer?
    private(set) var gaps: GapAccount
    /// The distance of its beats, as told last, and the events after which it had one.
    private(set) var gridMicroseconds: Int64?
    private(set) var eventsOnBeat = 0
    private let scoring: Scoring
    private var gapCount = 0
    private var lastTime: Int64?
    private var quantiles: GapQuantiles?

    /// What is scored, and how.
    struct Scoring: Hashable, Sendable {
        /// The scored steps.
        var steps: [Int]
        /// Their places among the steps of the stream.
        var places: [Int]
        /// The season to compare with; nil: the one the models found.
        var season: Int?
        /// Events of a key before forecasts are scored.
        var warmUp: Int

        /// Spreads the scored steps evenly over those asked for.
        init(asked: [Int], season: Int?, warmUp: Int) {
            let count = min(asked.count, BacktestLimits.steps)
            places = (0..<count).map { count == 1 ? 0 : $0 * (asked.count - 1) / (count - 1) }
            steps = places.map { asked[$0] }
            self.season = season
            self.warmUp = warmUp
        }

        /// The most bytes that scoring a key with so many numeric fields holds.
        func bytes(fields: Int) -> Int {
            65_536 + WindowScorer.bytes(steps: steps) + fields * FieldScorer.bytes(steps: steps)
        }
    }

    /// Creates the account of a key.
    init(key: [UInt8], scoring: Scoring, isScored: Bool) {
        self.key = key
        name = String(decoding: key, as: UTF8.self)
        self.scoring = scoring
        gaps = GapAccount(warmUp: scoring.warmUp)
        if isScored { windows = WindowScorer(steps: scoring.steps) }
    }

    /// Whether forecasts of the key are scored.
    var isScored: Bool { windows != nil }

    /// Scores what was said of the key's latest event, and keeps what is said after it.
    func observe(_ outlook: SeriesOutlook) {
        gridMicroseconds = outlook.gridMicroseconds
        eventsOnBeat += gridMicroseconds == nil ? 0 : 1
        guard isScored, let now = outlook.lastTime?.microseconds else { return }
        let isWarm = outlook.ordinal >= scoring.warmUp
        let isInOrder = lastTime == nil || outlook.gapCount != gapCount
        if let lastTime, isInOrder { gaps.add(gapMicroseconds: now - lastTime, quantiles: quantiles) }
        windows?.observe(outlook, places: scoring.places, isInOrder: isInOrder, isWarm: isWarm)
        lastTime = now
        gapCount = outlook.gapCount
        quantiles = outlook.steps.firstIndex(of: 1).flatMap { outlook.gapQuantiles(stepIndex: $0) }
        for field in outlook.numericFields {
            fields[field, default: FieldScorer(steps: scoring.steps)].observe(
                outlook, field: field, places: scoring.places, season: scoring.season, isWarm: isWarm)
        }
    }

    /// The losses of its gaps; empty where step 1 was not asked for.
    var gapLoss: GapAccount.Loss { scoring.steps.first == 1 ? gaps.loss : GapAccount.Loss() }
}
