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
/// Error alone on the nine series of `data/forecast`, × seasonal naive at steps 1, 12, season: 1 by definition (weekly: 1.166/1.143/1.156).
/// Source: Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd edition, section 5.2.
struct SeasonalNaive: Forecaster {
    let period: Int
    let history: ValueHistory

    mutating func learn(_ value: Float) {}

    func forecast(step: Int) -> Float {
        let periods = (step + period - 1) / period
        return forecast(back: periods * period - step, missing: history[history.count - 1])
    }

    /// The value `back` positions before the last, or `missing` where that is not held.
    @inline(__always)
    func forecast(back: Int, missing: Float) -> Float {
        history.value(at: history.count &- 1 &- back, missing: missing)
    }
}
