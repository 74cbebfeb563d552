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
    /// The state of a series and field in bytes, ``NumericForecaster/bytes``, with season s (1 without), n steps h, ⌈x⌉ the
    /// next multiple of 16. A *few* steps are up to three, or any number in full:
    ///
    ///     bytes    = 4 (ring + shared + Σ step(h) + analogs) + 896 + 1,104 n
    ///     ring     = the power of two that holds the values so far, 64…r
    ///     shared   = 64 + ⌈s⌉ + ⌈s + w⌉ + 224 (112 where step 1 alone is asked)
    ///     step(h)  = regressions + 16 m (1 + b) + g + 16 + i + ⌈24 h⌉ (⌈28 h⌉ but in lite)
    ///     analogs  = (n + 1)(N + 272) + 432 + k (3 N + 992); 0 where N = 0
    ///
    /// | | with a season | without |
    /// |---|---|---|
    /// | r, most values held | power of two from 14 s + 64 and N on, 512…4,096 | 4,096; after 4,096 values 1,024 and N |
    /// | w, the week's phases | 7 s; 0 where that is r or more | 0 |
    /// | regressions | 832; 432 in lite beyond s = 48; 1,200 in full | 176; 288 in full |
    /// | m, memories mixed | 3 for few steps and for step 1; else 1 | the same |
    /// | b, buckets mixed | 4; 0 at step 1 | 0 |
    /// | g, mix before analogs | 144; 0 in lite | 16; 0 in lite |
    /// | i, intervals | 112; 576 beyond step 48 | the same |
    /// | N, analogs' window | 1,536; 3,072 in full; 512 before 480 values, 0 before 160 and in lite | the same |
    /// | k, analogs' memories | 2 for few steps; else 1 | the same |
    ///
    /// The 4,096 are ``historyLimit``. Training at 128 and 384 values changes N, a quarter later. A series whose values never differed holds 64 bytes.
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
