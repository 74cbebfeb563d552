/// What a series is expected to be some steps ahead.
public struct NumericForecast: Sendable, Equatable {
    /// The forecast, in the series' own units.
    public var value: Double
    /// The lower end of the 90 % interval.
    public var low: Double
    /// The upper end of the 90 % interval.
    public var high: Double
    /// The running mean of |y(t) − y(t−h)|: what the naive forecast is off by at this step.
    public var naiveError: Double
    /// 1 − mean |error| ÷ ``naiveError``, over the same running window; 0 before anything was scored.
    public var skill: Double
    /// The usual size of the error around the target's phase; the unit of
    /// ``NumericForecaster/probability(within:stepIndex:)``.
    public var spread: Double

    /// Creates a forecast from its parts.
    public init(value: Double, low: Double, high: Double, naiveError: Double, skill: Double, spread: Double) {
        self.value = value
        self.low = low
        self.high = high
        self.naiveError = naiveError
        self.skill = skill
        self.spread = spread
    }
}
