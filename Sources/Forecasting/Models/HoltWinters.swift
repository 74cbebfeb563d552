/// Damped additive Holt–Winters: level, damped trend and one value per phase of the season.
///
///     e = y − (ℓ + φ b + s[i])
///     ℓ ← ℓ + φ b + α e        b ← φ b + α β e        s[i] ← s[i] + γ (1 − α) e
///     ŷ(t+h) = ℓ + (φ + … + φ^h) b + s[phase of t+h]
///
/// Parameters: α .6, β .005, γ .15, φ .98 (each in 0…1). The first season gives the level and the phases. A season of 1
/// is Holt's damped trend.
///
/// ```swift
/// var model = HoltWinters(season: 1, cells: StateBlock(floats: 16).cells(1))
/// for value in 0..<50 { model.learn(Float(value)) }
/// model.forecast(step: 1)  // about 50
/// ```
///
/// Error alone on the nine series of `data/forecast`, × seasonal naive at steps 1, 12, season: .544/1.072/1.041.
/// Source: Gardner and McKenzie, "Forecasting Trends in Time Series", *Management Science* 31, 1985.
struct HoltWinters: Forecaster {
    static let alpha: Float = 0.6
    static let beta: Float = 0.005
    static let gamma: Float = 0.15
    static let phi: Float = 0.98

    let season: Int
    private var seasonal: Cells
    private var level: Float = 0
    private var trend: Float = 0
    private var phase = 0
    private var learned = 0

    init(season: Int, cells: Cells) {
        self.season = season
        seasonal = cells
    }

    @inline(__always)
    mutating func learn(_ value: Float) {
        if learned < season {
            level += (value - level) / Float(learned &+ 1)
            seasonal[learned] = value
            learned &+= 1
            if learned == season {
                for phase in 0..<season { seasonal[phase] -= level }
            }
        } else {
            let expected = level + HoltWinters.phi * trend
            let error = value - (expected + seasonal[phase])
            level = expected + HoltWinters.alpha * error
            trend = HoltWinters.phi * trend + HoltWinters.alpha * HoltWinters.beta * error
            if season > 1 { seasonal[phase] += HoltWinters.gamma * (1 - HoltWinters.alpha) * error }
        }
        phase = phase &+ 1 == season ? 0 : phase &+ 1
    }

    func forecast(step: Int) -> Float {
        forecast(phase: (phase + step - 1) % season, dampedSteps: HoltWinters.dampedSteps(step))
    }

    /// The forecast where the caller knows the target's phase and the sum φ + … + φ^h.
    @inline(__always)
    func forecast(phase target: Int, dampedSteps: Float) -> Float {
        if learned < season { return target < learned ? seasonal[target] : level }
        return level + dampedSteps * trend + seasonal[target]
    }

    /// φ + φ² + … + φ^step.
    static func dampedSteps(_ step: Int) -> Float { phi * (1 - raised(phi, to: step)) / (1 - phi) }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) { seasonal.move(by: floats) }
}

/// `base` to a non-negative whole power, by squaring.
@inline(__always)
func raised(_ base: Float, to power: Int) -> Float {
    var result: Float = 1
    var square = base
    var rest = power
    while rest > 0 {
        if rest & 1 == 1 { result *= square }
        square *= square
        rest >>= 1
    }
    return result
}

extension HoltWinters {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&level)
        try coder.pass(&trend)
        try coder.pass(&phase, in: 0...(season - 1))
        try coder.pass(&learned, in: 0...season)
    }
}
