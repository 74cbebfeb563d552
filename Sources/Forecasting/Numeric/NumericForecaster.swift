/// Learns one numeric field of one series, one value at a time, and forecasts it at some steps with 90 % intervals.
///
/// Forecasts exist from the first value on. Experts (see the folder Models) are mixed per step by what they earned lately,
/// analogs among them: what followed past moments like this one. Intervals follow the residuals; the season is found and
/// the scales are renewed by a ``TrainingJob`` that the caller runs where it likes and applies at a fixed distance, so that
/// the same input gives the same output.
///
/// ```swift
/// var forecaster = NumericForecaster(steps: [1, 12])
/// for value in values {
///     forecaster.learn(value)
///     let next = forecaster.forecast(stepIndex: 0)   // next.value, next.low, next.high
/// }
/// ```
///
/// A value type over one block of memory, copied when it is changed while shared. Cost and memory by tier: see
/// ``ForecastConfiguration/Tier``. Errors: none; values that are not finite count as repeats of the last.
public struct NumericForecaster: Sendable {
    /// The steps that are forecast, ascending.
    public private(set) var steps: [Int]
    /// How much may be remembered.
    public let configuration: ForecastConfiguration
    /// How many values were learned.
    public internal(set) var count = 0

    var state: SeriesState?
    var last = 0.0
    var retrainAt = 0
    var ringLimit: Int

    /// The largest step.
    public static let maxStep = 2016
    /// The most values that may come between a job's cut and its result.
    public static let maxDelay = 256
    /// A series whose values never differed is remembered as this many of them.
    private static let constantRun = 32

    /// Creates a forecaster for the given steps, ascending, each 1…``maxStep``.
    public init(steps: [Int], configuration: ForecastConfiguration = .init()) {
        NumericForecaster.check(steps)
        self.steps = steps
        self.configuration = configuration
        ringLimit = configuration.ringLimit
    }

    private static func check(_ steps: [Int]) {
        precondition(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }, "steps ascend")
        precondition(steps.allSatisfy { $0 >= 1 && $0 <= maxStep }, "a step is 1 to 2016")
    }

    /// The season in use, in values; nil while none was found.
    public var season: Int? {
        guard let season = state?.season, season > 1 else { return nil }
        return season
    }

    /// The memory held, in bytes.
    public var bytes: Int { MemoryLayout<NumericForecaster>.stride + (state?.bytes ?? 0) }

    /// The last values learned that are still held, in the series' own units and within a float's precision; of a field that
    /// never changed, at most 32. Cost: a copy.
    public func history(last most: Int) -> [Double] {
        guard let state else {
            return Array(repeating: last, count: max(0, min(count, most, NumericForecaster.constantRun)))
        }
        return state.values(last: most)
    }

    /// Takes in the next value. A value that is not finite counts as a repeat of the last.
    public mutating func learn(_ value: Double) {
        let value = value.isFinite ? value : last
        count &+= 1
        if state == nil {
            if value == last || count == 1 {
                last = value
                return
            }
            let before = Array(repeating: last, count: min(count - 1, NumericForecaster.constantRun))
            state = NumericForecaster.replay(
                before + [value], season: 1, steps: steps, scale: SeriesScale(of: before + [value]), limit: ringLimit,
                configuration: configuration)
            last = value
            return
        }
        makeUnique()
        last = value
        guard let state else { return }
        state.learn(value, limit: ringLimit)
        if count <= 32, count & (count - 1) == 0, count >= 8 { renewScale() }
    }

    /// Copies the models where another forecaster shares them.
    @inline(__always)
    mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&state) { state = state?.copy() }
    }

    /// What the series is expected to be `steps[stepIndex]` values after the last one learned.
    public func forecast(stepIndex: Int) -> NumericForecast {
        guard let state else {
            return NumericForecast(value: last, low: last, high: last, naiveError: 0, skill: 0, spread: 0)
        }
        let scale = state.scale
        let scored = state[stepIndex].scored
        if scored == 0 {
            let reach = 2 * scale.spread
            return NumericForecast(
                value: last, low: last - reach, high: last + reach, naiveError: 0, skill: 0, spread: scale.spread)
        }
        let naive = state[stepIndex].meanNaiveError
        // What is as good as the last value is the last value, without the rounding of the units.
        let isRepeat = abs(state[stepIndex].value - state.latest) < 1e-6
        // Bounds give way by what single precision cannot tell.
        let slack = 1e-6 * scale.spread * Double(1 + abs(state[stepIndex].value))
        return NumericForecast(
            value: isRepeat ? last : scale.value(state[stepIndex].value),
            low: scale.value(state[stepIndex].low) - slack, high: scale.value(state[stepIndex].high) + slack,
            naiveError: scale.spread * Double(naive),
            skill: naive > 0 ? Double(1 - state[stepIndex].meanError / naive) : 0,
            spread: scale.spread * Double(state[stepIndex].unit))
    }

    /// The probability that the value at a step will lie within `tolerance` of its present forecast.
    public func probability(within tolerance: Double, stepIndex: Int) -> Double {
        guard let state else { return count > 1 ? 1 - 1 / Double(count + 1) : 0.5 }
        let spread = state.scale.spread
        let unit = state[stepIndex].scored == 0 ? spread : spread * Double(state[stepIndex].unit)
        let ratio = Float(min(max(tolerance / unit, -1), 1e9))
        return Double(state[stepIndex].distribution.probability(within: ratio))
    }

    /// The `k`-th of the last 32 residuals (actual − forecast) at a step, k = 0 the latest; 0 where there is none.
    ///
    /// The same k is the same moment in all fields of a series that learn together, so adding residual k to the forecast
    /// of each field gives a joint sample.
    public func residualSample(stepIndex: Int, _ k: Int) -> Double {
        guard let state else { return 0 }
        let held = StepEngine.residualCount
        guard k >= 0, k < min(state[stepIndex].scored, held) else { return 0 }
        return state.scale.spread * Double(state[stepIndex].residuals[(state.count - 1 - k) & (held - 1)])
    }

    /// The models behind a step's forecast with their parts in it, which sum to 1; none before a forecast was judged.
    ///
    /// Only models that take part are named: none that needs a season while there is none, no analogs while the series is
    /// too young for them. Their lanes then hold the series' mean and are named for it.
    public func weights(stepIndex: Int) -> [(name: String, weight: Double)] {
        guard let state else { return [] }
        let shares = state[stepIndex].shares
        let network = steps[stepIndex] == 1 ? Double(state.neural?.share ?? 0) : 0
        var weights: [(name: String, weight: Double)] = []
        for lane in 0..<ExpertVector.width where shares[lane] > 0 {
            let name = ExpertVector.name(
                lane: lane, hasSeason: state.season > 1, hasAnalogs: state.analogWindow > 0)
            let weight = (1 - network) * Double(shares[lane])
            if let place = weights.firstIndex(where: { $0.name == name }) {
                weights[place].weight += weight
            } else {
                weights.append((name, weight))
            }
        }
        if network > 0 { weights.append(("LSTM", network)) }
        return weights
    }

    /// Asks for other steps; the models start again and replay what is remembered, in about a tenth of a second for each
    /// field at most where steps are few, a second where they are thousands.
    public mutating func setSteps(_ steps: [Int]) {
        NumericForecaster.check(steps)
        if steps == self.steps { return }
        self.steps = steps
        guard let old = state else { return }
        state = NumericForecaster.replay(
            old.values(last: .max), season: old.season, steps: steps, scale: old.scale, limit: ringLimit,
            configuration: configuration)
    }

    /// Takes a season that was found elsewhere, in values; the models start again and replay what is remembered.
    mutating func setSeason(_ season: Int?) {
        guard let old = state, old.season != max(season ?? 1, 1) else { return }
        state = NumericForecaster.replay(
            old.values(last: .max), season: max(season ?? 1, 1), steps: steps, scale: old.scale, limit: ringLimit,
            configuration: configuration)
    }

    /// Starts again with the units of what is remembered, while that is little.
    private mutating func renewScale() {
        guard let old = state else { return }
        let values = old.values(last: .max)
        state = NumericForecaster.replay(
            values, season: old.season, steps: steps, scale: SeriesScale(of: values), limit: ringLimit,
            configuration: configuration)
    }

    /// Models that have learned `values` one by one from nothing; of many steps each has learned the latest (``ReplayReach``).
    static func replay(
        _ values: [Double], season: Int, steps: [Int], scale: SeriesScale, limit: Int,
        configuration: ForecastConfiguration
    ) -> SeriesState {
        var capacity = 64
        while capacity < values.count, capacity < limit { capacity *= 2 }
        let state = SeriesState(
            season: season, steps: steps, scale: scale, capacity: capacity, limit: limit,
            configuration: configuration, analogWindow: configuration.analogWindow(count: values.count))
        let reach = ReplayReach(steps: steps, count: values.count)
        for (place, value) in values.enumerated() {
            state.learn(value, limit: limit, from: reach.firstStep(remaining: values.count - place))
        }
        return state
    }

    // MARK: Training

    /// Values after which a job is due, all multiples of 64; later, one every 4,096.
    private static let schedule = [64, 128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096]

    /// Asks for a job at the next opportunity, for instance after a run of misses.
    public mutating func requestTraining() { retrainAt = count }

    /// Whether ``trainingJob(stepMicroseconds:)`` may have a job now; cheap enough to ask after every value.
    public var isTrainingDue: Bool { count & 63 == 0 || retrainAt == count }

    /// A job when one is due right after the last value; nil otherwise.
    ///
    /// - Parameter stepMicroseconds: the usual distance of two values, from which seasons follow; nil where unknown.
    public func trainingJob(stepMicroseconds: Int64?) -> TrainingJob? {
        guard let state, count & 63 == 0 || retrainAt == count, count >= 64 else { return nil }
        let isScheduled = NumericForecaster.schedule.contains(count) || count % 4096 == 0
        guard isScheduled || retrainAt == count else { return nil }
        return TrainingJob(
            cut: count, delay: min(NumericForecaster.maxDelay, count / 4), stepMicroseconds: stepMicroseconds,
            steps: steps, season: state.season, analogWindow: state.analogWindow, scale: state.scale,
            history: state.values(last: .max),
            configuration: configuration)
    }

    /// Installs a job's result and replays the values that came since its cut.
    ///
    /// Due exactly ``TrainingJob/delay`` values after the cut; a result for other steps or of a later past is ignored.
    public mutating func apply(_ result: TrainingResult) {
        let since = count - result.cut
        guard let renewed = result.state, result.steps == steps, let state else { return }
        guard since >= 0, since <= state.count else { return }
        let fresh = renewed.copy()
        for value in state.values(last: since).suffix(since) { fresh.learn(value, limit: result.ringLimit) }
        ringLimit = result.ringLimit
        self.state = fresh
    }
}
