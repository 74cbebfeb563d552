/// Half of what an autoregression of order 3 expects of the mix's own one-step residual.
///
/// Residuals are measured in their running mean size and clipped at 4; the regression is recursive least squares with
/// λ .998 and a stiff start (P = I/20). Only at step 1: further out the last residuals say nothing. What it did to the
/// error lately is kept as well (running means of rate .01), and a correction that did harm fades away, down to nothing
/// at 1 %: after a rare spike there is nothing to correct.
///
/// ```swift
/// var correction = ResidualCorrection()
/// correction.learn(residual: 0.5)
/// correction.correction  // to be added to the next forecast
/// ```
///
/// Source: Cochrane and Orcutt, *Journal of the American Statistical Association* 44, 1949.
struct ResidualCorrection {
    private var weights = SIMD3<Float>.zero
    private var residuals = SIMD3<Float>.zero
    private var first = SIMD3<Float>(0.05, 0, 0)
    private var second = SIMD3<Float>(0, 0.05, 0)
    private var third = SIMD3<Float>(0, 0, 0.05)
    private var size: Float = 0
    private var plain: Float = 0
    private var corrected: Float = 0
    private var count: Float = 0
    /// What would be added if it never did harm.
    private var proposed: Float = 0

    private static let forgetting: Float = 0.998

    /// Takes in actual − mix of the last value.
    @inline(__always)
    mutating func learn(residual: Float) {
        let distance = abs(residual)
        count = min(count + 1, 1e6)
        let rate = max(0.01, 1 / count)
        plain += rate * (distance - plain)
        corrected += rate * (abs(residual - proposed) - corrected)
        size = size == 0 ? distance : 0.99 * size + 0.01 * min(distance, 5 * size)
        if size > 0 {
            let limit = SIMD3<Float>(repeating: 4)
            let inputs = (residuals / size).greater(-limit).lesser(limit)
            let image = first * inputs[0] + second * inputs[1] + third * inputs[2]
            let gain = 1 / (ResidualCorrection.forgetting + (image * inputs).sum())
            let error = min(max(residual / size, -4), 4) - (weights * inputs).sum()
            weights += image * (gain * error)
            let keep = first[0] + second[1] + third[2] < 0.15 ? 1 / ResidualCorrection.forgetting : 1
            let scaled = image * gain
            first = (first - image * scaled[0]) * keep
            second = (second - image * scaled[1]) * keep
            third = (third - image * scaled[2]) * keep
            // Kept symmetric: left to itself, the difference of the halves grows by 1/λ with every value.
            first[1] = second[0]
            first[2] = third[0]
            second[2] = third[1]
        }
        residuals = SIMD3(residual, residuals[0], residuals[1])
        let limit = SIMD3<Float>(repeating: 4 * size)
        proposed = 0.5 * (weights * residuals.greater(-limit).lesser(limit)).sum()
    }

    /// What to add to the next forecast.
    @inline(__always)
    var correction: Float {
        guard plain > 0 else { return 0 }
        return min(max((1.01 - corrected / plain) * 100, 0), 1) * proposed
    }
}

extension ResidualCorrection {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&weights)
        try coder.pass(&residuals)
        try coder.pass(&first)
        try coder.pass(&second)
        try coder.pass(&third)
        try coder.pass(&size)
        try coder.pass(&plain)
        try coder.pass(&corrected)
        try coder.pass(&count)
        try coder.pass(&proposed)
    }
}
