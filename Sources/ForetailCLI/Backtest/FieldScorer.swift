import Forecasting
import Foretail

/// Scores the forecasts of one numeric field of one key, made after every event, when their events come.
struct FieldScorer: Sendable {
    /// The score of every scored step.
    private(set) var scores: [StepScore]
    /// The season used last; nil while none was found.
    private(set) var season: Int?
    /// Forecasts under way: a ring for every step, as long as the step.
    private var waiting: [[ScoredForecast]]
    /// The last values, in a ring.
    private var values: [Double] = []
    private var count = 0
    /// The last value that was there.
    private var last = Double.nan
    /// All values so far: their median is the forecast of whoever knows nothing but what values are like. Where no model beats
    /// it, the values are noise.
    private var typical = Self.noValues

    private static var noValues: EmpiricalQuantiles { EmpiricalQuantiles(capacity: 1_024) }

    /// Creates a scorer of some steps.
    init(steps: [Int]) {
        scores = steps.map(StepScore.init)
        waiting = steps.map { [ScoredForecast](repeating: .none, count: $0) }
    }

    /// The bytes held.
    var bytes: Int {
        waiting.reduce(values.count * MemoryLayout<Double>.stride + typical.bytes) {
            $0 + $1.count * MemoryLayout<ScoredForecast>.stride
        }
    }

    /// Forgets everything but the scores.
    mutating func forget() {
        waiting = []
        values = []
        typical = Self.noValues
    }

    /// Scores what was said of the event at hand, and keeps what is said after it.
    ///
    /// - Parameters:
    ///   - outlook: The models after the event.
    ///   - field: The field's number.
    ///   - places: Where the scored steps stand among the outlook's.
    ///   - season: The season to compare with; nil: the one the models found.
    ///   - isWarm: Whether forecasts made now are to be scored.
    mutating func observe(_ outlook: SeriesOutlook, field: Int, places: [Int], season: Int?, isWarm: Bool) {
        let actual = outlook.value(field: field)
        keep(actual)
        if actual.isFinite {
            last = actual
            typical.learn(actual)
        }
        self.season = season ?? outlook.season(field: field)
        for (index, place) in places.enumerated() {
            let step = scores[index].step
            let slot = outlook.ordinal % step
            let told = waiting[index][slot]
            if !told.value.isNaN { scores[index].add(told, actual: actual) }
            guard isWarm, let forecast = outlook.forecast(field: field, stepIndex: place) else {
                waiting[index][slot] = .none
                continue
            }
            waiting[index][slot] = ScoredForecast(
                value: forecast.value, low: forecast.low, high: forecast.high, naive: last,
                typical: typical.quantile(0.5),
                seasonal: seasonal(step: step))
        }
    }

    private mutating func keep(_ value: Double) {
        let place = count % BacktestLimits.history
        if place < values.count { values[place] = value } else { values.append(value) }
        count += 1
    }

    /// The latest known value of the same part of the season as the event so many steps ahead.
    private func seasonal(step: Int) -> Double {
        guard let season, season > 1 else { return .nan }
        let back = season * ((step + season - 1) / season) - step
        guard back < min(count, BacktestLimits.history) else { return .nan }
        return values[(count - 1 - back) % BacktestLimits.history]
    }
}
