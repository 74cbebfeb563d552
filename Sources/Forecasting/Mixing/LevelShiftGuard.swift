/// Notices that the level moved since the last season, and then trusts the season's own values at long steps.
///
///     b = running mean of y(t) − y(t−s) (rate 1/s)      a = the same of its absolute value (rate 1/(7 s)), clipped at 6 a
///     share = clip((|b|/a − .8) / 1.2, 0, 1)            forecast = (1 − share) · mix + share · seasonal naive, steps > 20
///
/// ```swift
/// var guardian = LevelShiftGuard(season: 24)
/// guardian.learn(difference: 0.1)
/// guardian.share  // 0 while seasonal differences go either way
/// ```
///
/// Source: ours; the signal is Trigg's tracking signal, *Operational Research Quarterly* 15, 1964.
struct LevelShiftGuard {
    /// Steps up to this one are left alone.
    static let shortestStep = 21

    private let season: Float
    private var bias: Float = 0
    private var size: Float = 0
    private var count: Float = 0

    init(season: Int) { self.season = Float(season) }

    /// Takes in y(t) − y(t−s).
    @inline(__always)
    mutating func learn(difference: Float) {
        count = min(count + 1, 1e6)
        let distance = abs(difference)
        if count == 1 {
            size = distance
        } else {
            size += (min(distance, 6 * size) - size) * max(1 / count, 1 / (7 * season))
        }
        bias += (min(max(difference, -6 * size), 6 * size) - bias) * min(0.3, 1 / season)
    }

    /// The share of the forecast that goes to the seasonal naive, 0…1.
    @inline(__always)
    var share: Float {
        let signal = abs(bias) / max(size, 1e-12)
        return min(max((signal - 0.8) / 1.2, 0), 1)
    }
}
