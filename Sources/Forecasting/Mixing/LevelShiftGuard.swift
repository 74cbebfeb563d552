/// Notices that the level moved since the last season, and then trusts the season's own values at long steps.
///
///     b = running mean of y(t) − y(t−k) (rate 1/k)      a = the same of its absolute value (rate 1/(7 k)), clipped at 6 a
///     share = clip((|b|/a − .8) / 1.2, 0, 1)            forecast = (1 − share) · mix + share · y(t+h−k), steps h > 20
///
/// The lag k is that of the seasonal naive forecast at the step: h, rounded up to whole seasons.
///
/// ```swift
/// var guardian = LevelShiftGuard(lag: 24)
/// guardian.learn(difference: 0.1)
/// guardian.share  // 0 while seasonal differences go either way
/// ```
///
/// Source: ours; the signal is Trigg's tracking signal, *Operational Research Quarterly* 15, 1964.
struct LevelShiftGuard {
    /// Steps up to this one are left alone.
    static let shortestStep = 21

    private let lag: Float
    private var bias: Float = 0
    private var size: Float = 0
    private var count: Float = 0

    init(lag: Int) { self.lag = Float(lag) }

    /// Takes in y(t) − y(t−k).
    @inline(__always)
    mutating func learn(difference: Float) {
        count = min(count + 1, 1e6)
        let distance = abs(difference)
        if count == 1 {
            size = distance
        } else {
            size += (min(distance, 6 * size) - size) * max(1 / count, 1 / (7 * lag))
        }
        bias += (min(max(difference, -6 * size), 6 * size) - bias) * min(0.3, 1 / lag)
    }

    /// The share of the forecast that goes to the seasonal naive, 0…1.
    @inline(__always)
    var share: Float {
        let signal = abs(bias) / max(size, 1e-12)
        return min(max((signal - 0.8) / 1.2, 0), 1)
    }
}

extension LevelShiftGuard {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&bias)
        try coder.pass(&size)
        try coder.pass(&count)
    }
}
