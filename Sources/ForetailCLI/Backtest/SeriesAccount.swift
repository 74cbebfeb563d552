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
    private(set) var gaps = GapAccount()
    /// Whether further forecasts are scored; what was scored stays.
    private(set) var isScored: Bool
    /// The distance of its beats, as told last, and the events after which it had one.
    private(set) var gridMicroseconds: Int64?
    private(set) var eventsOnBeat = 0
    private let scoring: Scoring
    private var gapCount = 0
    private var lastTime: Int64?
    private var quantiles: GapQuantiles?
    private var wasWarm = false

    /// What is scored, and how.
    struct Scoring: Hashable, Sendable {
        /// The scored steps.
        var steps: [Int]
        /// Their places among the steps of the stream.
        var places: [Int]
        /// The season to compare with; nil: the one the models found.
        var season: Int?
        /// Spreads the scored steps evenly over those asked for.
        init(asked: [Int], season: Int?) {
            let count = min(asked.count, BacktestLimits.steps)
            places = (0..<count).map { count == 1 ? 0 : $0 * (asked.count - 1) / (count - 1) }
            steps = places.map { asked[$0] }
            self.season = season
        }
    }

    /// Creates the account of a key.
    init(key: [UInt8], scoring: Scoring, isScored: Bool) {
        self.key = key
        name = String(decoding: key, as: UTF8.self)
        self.scoring = scoring
        self.isScored = isScored
        if isScored { windows = WindowScorer(steps: scoring.steps) }
    }

    /// The bytes that wait to be scored, about.
    var bytes: Int {
        guard isScored else { return 0 }
        return fields.values.reduce(gaps.bytes + WindowScorer.bytes(steps: scoring.steps)) { $0 + $1.bytes }
    }

    /// Ends the scoring of the key and gives back what it held.
    func stopScoring() {
        isScored = false
        windows?.forget()
        for field in fields.keys { fields[field]?.forget() }
        gaps.forget()
    }

    /// Scores what was said of the key's latest event, and keeps what is said after it.
    ///
    /// - Parameter isWarm: Whether what is said from now on is to be scored.
    func observe(_ outlook: SeriesOutlook, isWarm: Bool) {
        gridMicroseconds = outlook.gridMicroseconds
        eventsOnBeat += gridMicroseconds == nil ? 0 : 1
        guard isScored, let now = outlook.lastTime?.microseconds else { return }
        let isInOrder = lastTime == nil || outlook.gapCount != gapCount
        if let lastTime, isInOrder { gaps.add(gapMicroseconds: now - lastTime, quantiles: quantiles, isWarm: wasWarm) }
        windows?.observe(outlook, places: scoring.places, isInOrder: isInOrder, isWarm: isWarm)
        lastTime = now
        wasWarm = isWarm
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
