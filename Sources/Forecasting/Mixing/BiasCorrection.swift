/// The running median of a step's own residuals, added to its forecast while that was worth it.
///
///     m the running median of e = y − mix (``SignMedian``)
///     share = clip((1 − mean |e − m| ÷ mean |e|) / .01, 0, 1) over running means of rate .01      forecast = mix + share · m
///
/// A mix of means lies above the middle of a skewed distribution, which is what costs least. Up to step 20: further out
/// the median comes too late.
///
/// ```swift
/// var bias = BiasCorrection()
/// for _ in 0..<500 { bias.learn(residual: 1) }
/// bias.correction  // close to 1
/// ```
///
/// Source: ours; the median as the optimal point forecast under absolute error, Gneiting, *Journal of the American
/// Statistical Association* 106, 2011.
struct BiasCorrection {
    /// Steps beyond this one are left alone.
    static let longestStep = 20

    private var median = SignMedian()
    private var plain: Float = 0
    private var corrected: Float = 0
    private var count: Float = 0

    /// Takes in actual − mix.
    @inline(__always)
    mutating func learn(residual: Float) {
        count = min(count + 1, 1e6)
        let rate = max(0.01, 1 / count)
        plain += rate * (abs(residual) - plain)
        corrected += rate * (abs(residual - median.forecast(step: 1)) - corrected)
        median.learn(residual)
    }

    /// What to add to the next forecast; 0 before there were fifty.
    @inline(__always)
    var correction: Float {
        guard count >= 50, plain > 0 else { return 0 }
        return min(max((1 - corrected / plain) * 100, 0), 1) * median.forecast(step: 1)
    }
}

extension BiasCorrection {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try median.pass(through: &coder)
        try coder.pass(&plain)
        try coder.pass(&corrected)
        try coder.pass(&count)
    }
}
