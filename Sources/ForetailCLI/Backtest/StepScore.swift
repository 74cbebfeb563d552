/// How far the forecasts of one field at one step were off, next to three naive ones on the same events.
struct StepScore: Hashable, Sendable {
    /// The step.
    let step: Int
    /// Forecasts scored.
    private(set) var origins = 0
    private var error = 0.0
    private var naiveError = 0.0
    private var typicalError = 0.0
    private var inside = 0
    /// Forecasts scored where the value of a season before was known.
    private(set) var seasonalOrigins = 0
    private var errorBesideSeasonal = 0.0
    private var seasonalError = 0.0

    /// Creates an empty score.
    init(step: Int) { self.step = step }

    /// Mean absolute errors; nil of none.
    var mae: Double? { mean(error, origins) }
    var maeNaive: Double? { mean(naiveError, origins) }
    var maeTypical: Double? { mean(typicalError, origins) }
    var maeSeasonalNaive: Double? { mean(seasonalError, seasonalOrigins) }
    /// The share of values within the 90 % interval.
    var coverage: Double? { mean(Double(inside), origins) }
    /// 1 − MAE ÷ MAE of naive; nil where naive was never off.
    var skill: Double? { naiveError > 0 ? 1 - error / naiveError : nil }
    /// 1 − MAE ÷ MAE of the median of all values before.
    var skillTypical: Double? { typicalError > 0 ? 1 - error / typicalError : nil }
    /// The lesser of both: what is left beside whoever knows the last value and the usual one.
    var leastSkill: Double? { skill.map { min($0, skillTypical ?? $0) } ?? skillTypical }
    /// 1 − MAE ÷ MAE of seasonal naive, on the events where that one is known.
    var skillSeasonal: Double? { seasonalError > 0 ? 1 - errorBesideSeasonal / seasonalError : nil }

    /// Scores a forecast.
    mutating func add(_ forecast: ScoredForecast, actual: Double) {
        let distance = abs(actual - forecast.value)
        guard distance.isFinite, forecast.naive.isFinite else { return }
        origins += 1
        error += distance
        naiveError += abs(actual - forecast.naive)
        typicalError += abs(actual - forecast.typical)
        inside += forecast.low <= actual && actual <= forecast.high ? 1 : 0
        guard forecast.seasonal.isFinite else { return }
        seasonalOrigins += 1
        errorBesideSeasonal += distance
        seasonalError += abs(actual - forecast.seasonal)
    }

    /// Adds the score of another key at the same step.
    mutating func add(_ other: StepScore) {
        origins += other.origins
        error += other.error
        naiveError += other.naiveError
        typicalError += other.typicalError
        inside += other.inside
        seasonalOrigins += other.seasonalOrigins
        errorBesideSeasonal += other.errorBesideSeasonal
        seasonalError += other.seasonalError
    }

    private func mean(_ sum: Double, _ count: Int) -> Double? { count > 0 ? sum / Double(count) : nil }
}

/// A forecast that waits for its event, with what the naive ones said at the same time. Not a number: nothing was said.
struct ScoredForecast: Hashable, Sendable {
    var value: Double
    var low: Double
    var high: Double
    var naive: Double
    var typical: Double
    var seasonal: Double

    /// Nothing to score.
    static let none = ScoredForecast(
        value: .nan, low: .nan, high: .nan, naive: .nan, typical: .nan, seasonal: .nan)
}
