/// The value one or more whole periods before the target: ŷ(t+h) = y(t+h−k·period), k the smallest that is known.
///
/// Parameters: the period, 2 or more; with seven periods of a day it is the weekly naive. Reads the history it shares
/// with the other models of the series, so whoever owns the history appends first; `learn` has nothing to do.
///
/// ```swift
/// var history = ValueHistory(cells: StateBlock(floats: 16).cells(16))
/// for value in [1, 2, 3, 1, 2] as [Float] { history.append(value) }
/// SeasonalNaive(period: 3, history: history).forecast(step: 1)  // 3
/// ```
///
/// Source: Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd edition, section 5.2.
struct SeasonalNaive: Forecaster {
    let period: Int
    var history: ValueHistory

    mutating func learn(_ value: Float) {}

    func forecast(step: Int) -> Float {
        let periods = (step + period - 1) / period
        return forecast(back: periods * period - step)
    }

    /// The value `back` positions before the last, or the last where that is not held.
    @inline(__always)
    func forecast(back: Int) -> Float {
        let last = history.count &- 1
        return history.value(at: last &- back, missing: history[last])
    }
}
