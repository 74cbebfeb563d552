/// The last value, for every step: ŷ(t+h) = y(t).
///
/// Parameters: none. The yardstick of ``NumericForecast/naiveError`` and the best model of a random walk.
///
/// ```swift
/// var model = Naive()
/// model.learn(4)
/// model.forecast(step: 7)  // 4
/// ```
///
/// Error alone on the nine series of `data/forecast`, × seasonal naive at steps 1, 12, season: .496/1.003/1.000.
/// Source: Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd edition, section 5.2.
struct Naive: Forecaster {
    private(set) var last: Float = 0

    mutating func learn(_ value: Float) { last = value }

    func forecast(step: Int) -> Float { last }
}

extension Naive {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&last)
    }
}
