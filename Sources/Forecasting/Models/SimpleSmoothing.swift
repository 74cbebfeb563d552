/// Simple exponential smoothing: ℓ ← ℓ + α (y − ℓ), ŷ(t+h) = ℓ.
///
/// Parameters: α in 0…1; .3 follows a level within about three values.
///
/// ```swift
/// var model = SimpleSmoothing(rate: 0.5)
/// model.learn(2)
/// model.learn(4)
/// model.forecast(step: 1)  // 3
/// ```
///
/// Error alone on the nine series of `data/forecast`, × seasonal naive at steps 1, 12, season: .572/.921/1.007.
/// Source: R. G. Brown, *Statistical Forecasting for Inventory Control*, 1959.
struct SimpleSmoothing: Forecaster {
    let rate: Float
    private var level: Float = 0
    private var isEmpty = true

    init(rate: Float = 0.3) { self.rate = rate }

    @inline(__always)
    mutating func learn(_ value: Float) {
        level = isEmpty ? value : level + rate * (value - level)
        isEmpty = false
    }

    @inline(__always)
    func forecast(step: Int) -> Float { level }
}

extension SimpleSmoothing {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&level)
        try coder.pass(&isEmpty)
    }
}
