/// The running median by sign steps: m ← m + max(2/t, .005) · d · sign(y − m), d the running mean of |y − m|.
///
/// Parameters: none. Never moves by more than a small share of the usual deviation, whatever the outlier: the model of
/// fields without any structure and with heavy tails.
///
/// ```swift
/// var model = SignMedian()
/// for value in [5, 5, 900, 5] as [Float] { model.learn(value) }
/// model.forecast(step: 1)  // stays close to 5
/// ```
///
/// Error alone on the nine series of `data/forecast`, × seasonal naive at steps 1, 12, season: 1.070/1.069/1.188.
/// Source: stochastic approximation of a quantile, Robbins and Monro, *Annals of Mathematical Statistics* 22, 1951.
struct SignMedian: Forecaster {
    private var median: Float = 0
    private var deviation: Float = 0
    private var count: Float = 0

    @inline(__always)
    mutating func learn(_ value: Float) {
        if count == 0 {
            median = value
        } else {
            let distance = abs(value - median)
            if count == 1 {
                deviation = distance
            } else {
                let clipped = min(distance, 10 * deviation + 1e-9)
                deviation += max(1 / count, 0.002) * (clipped - deviation)
            }
            let move = max(2 / count, 0.005) * deviation
            median += value > median ? move : value < median ? -move : 0
        }
        count = min(count + 1, 1e6)
    }

    @inline(__always)
    func forecast(step: Int) -> Float { median }
}

extension SignMedian {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&median)
        try coder.pass(&deviation)
        try coder.pass(&count)
    }
}
