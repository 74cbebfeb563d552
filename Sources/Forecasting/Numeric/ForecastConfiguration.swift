/// How much a ``NumericForecaster`` may compute and remember.
public struct ForecastConfiguration: Sendable, Equatable {
    /// How much is computed per value.
    ///
    /// Error × seasonal naive at steps 1, 12 and one season on the nine series of `data/forecast`; cost to learn a value and
    /// read the forecasts of step 1, and of steps 1 to 12, one thread; bytes at step 1, seasons 24 and 288. Reproduced by
    /// `forecast-benchmarks` in Benchmarks.
    ///
    /// | tier | error | step 1 | steps 1–12 | bytes |
    /// |---|---|---|---|---|
    /// | lite | .313/.583/.854 | 0.6 µs, 8,900 instructions | 3.4 µs, 51,000 | 9,808, 32,016 |
    /// | standard | .302/.568/.816 | 2.9 µs, 33,500 | 7.8 µs, 93,000 | 77,520, 95,184 |
    /// | full | .302/.567/.816 | 4.5 µs, 51,000 | 17.5 µs, 216,000 | 136,336, 145,808 |
    ///
    /// State in floats of 4 bytes, each part rounded up to 16, with season s, week w = 7 s, steps h:
    ///
    ///     shared     r + 64 + s + (s + w) + 112 (224 with steps beyond 1): ring r the power of two from 14 s + 64 on, at
    ///                least 512 (2,048 with analogs), at most the limit; w = 0 where it exceeds the limit
    ///     per step   regressions 832 (432 in lite beyond a season of 48, 1,200 in full), mixes 16 m (1 + b) + 16 (+ 144
    ///                with analogs), m = 3 memories, b = 4 buckets (0 at step 1), intervals 112 (576 beyond step 48),
    ///                under way 24 h (28 h with analogs)
    ///     analogs    N + 272 for changes and for each step, 432, and 3 N + 992 per memory; N = 1,536 (3,072 in full), 512
    ///                below 384 values, none below 128
    public enum Tier: String, Sendable, CaseIterable {
        /// Experts and their mix, no analogs.
        case lite
        /// What earns its cost: the large and the small regression, analogs of two memories; of one beyond three steps.
        case standard
        /// Everything at every step, with a third regression and a window twice as long.
        case full

        /// The models of the tier.
        public var models: ForecastModels {
            switch self {
            case .lite: ForecastModels.all.subtracting([.robustRegression, .shortAnalogs, .longAnalogs])
            case .standard: ForecastModels.all.subtracting(.robustRegression)
            case .full: .all
            }
        }
    }

    /// The most values kept of a series; rounded up to a power of two. Two weeks of five-minute values are 4,032.
    public var historyLimit: Int
    /// How much is computed per value.
    public var tier: Tier
    /// Models of the tier that are left out, to measure what they are worth.
    public var disabled: ForecastModels = []

    /// Creates a configuration.
    public init(historyLimit: Int = 4096, tier: Tier = .standard) {
        self.historyLimit = historyLimit
        self.tier = tier
    }

    /// The models in use where so many steps are asked for.
    func models(stepCount: Int) -> ForecastModels {
        let models = tier.models.subtracting(disabled)
        return tier == .full || stepCount <= StepBudget.fewSteps ? models : models.subtracting(.longAnalogs)
    }

    /// Past values in which analogs are looked for in a series that has `count` of them: a young one has no analogs, so
    /// that many short series take little room.
    func analogWindow(count: Int) -> Int {
        guard tier.models.subtracting(disabled).hasAnalogs, count >= 128 else { return 0 }
        return min(count < 384 ? 512 : tier == .full ? 3072 : 1536, ringLimit)
    }

    /// The limit as the ring needs it.
    var ringLimit: Int {
        var limit = 64
        while limit < min(max(historyLimit, 64), 1 << 20) { limit *= 2 }
        return limit
    }

    /// The ring that a season needs: two weeks, or eight seasons, or the analogs' window, within the limit.
    func ringLimit(season: Int) -> Int {
        var limit = 256
        while limit < max(14 * season + 64, analogWindow(count: .max)), limit < ringLimit { limit *= 2 }
        return min(max(limit, 512), ringLimit)
    }
}
