import FieldExtraction
import Forecasting
import Foretail

/// The last events of one key in every detail, for a chart: values, what had been said of them, hits and misses.
///
/// It shows the first key until another has twice as many events.
struct Showcase: Sendable {
    /// What was said of one event to come.
    struct Fan: Sendable {
        var step: Int
        var time: Int64
        var value: Double
        var low: Double
        var high: Double
        /// Half of the values lie within so much of `value`; nil where that is unknown.
        var half: Double?
    }

    /// One event.
    struct Moment: Sendable {
        var time: Int64
        var value: Double
        var isMatched: Bool
        var isHit: Bool
        /// What was said right after it, by scored step.
        var fans: [Fan]
    }

    /// A prediction that did not come true.
    struct Miss: Sendable {
        var time: Int64
        var value: Double?
        var isExpired: Bool
    }

    /// The key shown; nil before the first event.
    private(set) var key: [UInt8]?
    /// The last events, oldest first, and the predictions of their time that did not come true.
    private(set) var moments: [Moment] = []
    private(set) var misses: [Miss] = []
    /// The number of the field shown; nil without a numeric one.
    private(set) var field: Int?
    private var events = 0

    /// Looks at an event.
    mutating func observe(
        _ outlook: SeriesOutlook, series: SeriesAccount, places: [Int], isMatched: Bool, isHit: Bool
    ) {
        if series.key != key {
            guard key == nil || series.tally.events >= 2 * events else { return }
            self = Showcase()
            key = series.key
        }
        events = series.tally.events
        if field == nil { field = outlook.numericFields.first }
        guard let time = outlook.lastTime?.microseconds else { return }
        var moment = Moment(
            time: time, value: field.map { outlook.value(field: $0) } ?? .nan, isMatched: isMatched, isHit: isHit,
            fans: [])
        if let field {
            moment.fans = places.compactMap { Self.fan(outlook, field: field, place: $0, now: time) }
        }
        moments.append(moment)
        if moments.count >= 2 * BacktestLimits.moments { moments.removeFirst(moments.count - BacktestLimits.moments) }
    }

    /// Notes how a prediction of the key ended.
    mutating func note(_ outcome: Outcome) {
        guard outcome.prediction.key == key, outcome.result == .wrong || outcome.result == .expired else { return }
        var value: Double?
        for prediction in outcome.prediction.fields where prediction.field == field {
            if case .numeric(let numeric) = prediction.content { value = numeric.value.value }
        }
        misses.append(
            Miss(
                time: outcome.prediction.time.microseconds, value: value, isExpired: outcome.result == .expired))
        if misses.count >= 4 * BacktestLimits.moments {
            misses.removeFirst(misses.count - 2 * BacktestLimits.moments)
        }
    }

    /// Cuts off what is more than the chart shows.
    mutating func finish() {
        moments = Array(moments.suffix(BacktestLimits.moments))
        guard let first = moments.first?.time else { return }
        misses = misses.filter { $0.time >= first }
    }

    private static func fan(_ outlook: SeriesOutlook, field: Int, place: Int, now: Int64) -> Fan? {
        guard let forecast = outlook.forecast(field: field, stepIndex: place),
            let arrival = outlook.arrival(stepIndex: place)
        else { return nil }
        return Fan(
            step: outlook.steps[place], time: now &+ arrival.expected, value: forecast.value, low: forecast.low,
            high: forecast.high, half: half(outlook, field: field, place: place, width: forecast.high - forecast.low))
    }

    /// The distance within which half of the values lie, by bisection.
    private static func half(_ outlook: SeriesOutlook, field: Int, place: Int, width: Double) -> Double? {
        guard width > 0, width.isFinite else { return nil }
        var low = 0.0
        var high = width
        for _ in 0..<14 {
            let middle = (low + high) / 2
            guard let share = outlook.probability(field: field, within: middle, stepIndex: place) else { return nil }
            if share < 0.5 { low = middle } else { high = middle }
        }
        return high
    }
}
