/// A set of the models that a ``NumericForecaster`` is made of.
///
/// ```swift
/// var configuration = ForecastConfiguration()
/// configuration.disabled = [.shortAnalogs, .longAnalogs]
/// ```
public struct ForecastModels: OptionSet, Sendable, Hashable {
    /// One bit per model.
    public let rawValue: UInt32

    /// Creates a set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The last value.
    public static let naive = ForecastModels(rawValue: 1 << 0)
    /// The value one season back.
    public static let seasonalNaive = ForecastModels(rawValue: 1 << 1)
    /// The value seven seasons back.
    public static let weeklyNaive = ForecastModels(rawValue: 1 << 2)
    /// Simple exponential smoothing; with a season, the usual value of the phase plus a level.
    public static let smoothing = ForecastModels(rawValue: 1 << 3)
    /// The median of the last 25 values.
    public static let recentMedian = ForecastModels(rawValue: 1 << 4)
    /// Damped Holt–Winters.
    public static let holtWinters = ForecastModels(rawValue: 1 << 5)
    /// The usual value of the phase and a decaying deviation.
    public static let phaseProfile = ForecastModels(rawValue: 1 << 6)
    /// The regression on 34 inputs, standardised scale.
    public static let largeRegression = ForecastModels(rawValue: 1 << 7)
    /// The regression on 24 inputs, asinh scale.
    public static let robustRegression = ForecastModels(rawValue: 1 << 8)
    /// The regression on 8 inputs, asinh scale.
    public static let smallRegression = ForecastModels(rawValue: 1 << 9)
    /// The running median by sign steps.
    public static let signMedian = ForecastModels(rawValue: 1 << 10)
    /// Analogs of short memory.
    public static let shortAnalogs = ForecastModels(rawValue: 1 << 11)
    /// Analogs of long memory.
    public static let longAnalogs = ForecastModels(rawValue: 1 << 12)
    /// The autoregression on the mix's own residual, at step 1.
    public static let residualCorrection = ForecastModels(rawValue: 1 << 13)
    /// The level-shift guard, at long steps.
    public static let levelShiftGuard = ForecastModels(rawValue: 1 << 14)
    /// The running median of the mix's own residuals, at steps up to 20.
    public static let biasCorrection = ForecastModels(rawValue: 1 << 15)

    /// Every model.
    public static let all = ForecastModels(rawValue: (1 << 16) - 1)

    /// The models with their names, in the order of their bits.
    public static let named: [(name: String, model: ForecastModels)] = [
        ("naive", .naive), ("seasonal naive", .seasonalNaive), ("weekly naive", .weeklyNaive),
        ("simple smoothing or level", .smoothing), ("median of 25", .recentMedian), ("Holt-Winters", .holtWinters),
        ("phase profile", .phaseProfile), ("autoregression", .largeRegression),
        ("autoregression (asinh)", .robustRegression), ("autoregression (asinh, 8)", .smallRegression),
        ("running median", .signMedian), ("analogs (short)", .shortAnalogs), ("analogs (long)", .longAnalogs),
        ("residual correction", .residualCorrection), ("level-shift guard", .levelShiftGuard),
        ("bias correction", .biasCorrection),
    ]

    /// Any of the analogs.
    var hasAnalogs: Bool { !isDisjoint(with: [.shortAnalogs, .longAnalogs]) }

    /// 1 in the lane of each expert that is in the set and can be told apart on a series of this season.
    func lanes(season: Int) -> ExpertVector {
        var lanes = ExpertVector(repeating: 0)
        for lane in 0..<11 where contains(ForecastModels(rawValue: 1 << UInt32(lane))) { lanes[lane] = 1 }
        if season == 1 { for lane in [1, 2, 6] { lanes[lane] = 0 } }
        if contains(.shortAnalogs) { for lane in 11...13 { lanes[lane] = 1 } }
        if contains(.longAnalogs) { for lane in 14...15 { lanes[lane] = 1 } }
        return lanes
    }
}
