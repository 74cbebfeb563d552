/// Histograms of the next gap, one for each of four levels of the short-run mean gap.
///
/// The short-run mean is an exponential one (rate .5) of log gaps; the levels are divided by its running quartiles. A
/// level that has seen fewer than 24 gaps says nothing, and the overall histogram speaks.
///
/// ```swift
/// var context = GapContext()
/// context.learn(1_000_000)
/// context.window   // nil: 24 gaps are needed
/// ```
///
/// Source: ours; a histogram per context of the recent pace.
struct GapContext: Sendable {
    private static let levels = 4
    private static let needed: Float = 24

    private var histograms: [LogGapHistogram] = []
    private var mean: Float = 0
    private var quartiles = SIMD3<Float>.zero
    private var deviation: Float = 0
    private var count = 0
    private var level = 0

    /// The memory of the histograms, in bytes.
    var bytes: Int { histograms.count * (LogGapHistogram.bytes + MemoryLayout<LogGapHistogram>.stride) }

    /// The window of the next gap; nil while the present level has seen few gaps.
    var window: GapWindow? {
        guard level < histograms.count, histograms[level].count >= GapContext.needed else { return nil }
        return histograms[level].window()
    }

    /// Takes in a gap.
    mutating func learn(_ gap: Int64) {
        if histograms.isEmpty { histograms = Array(repeating: LogGapHistogram(), count: GapContext.levels) }
        if count > 0 { histograms[level].learn(gap) }
        let place = logarithm(Float(gap) + 1)
        count += 1
        if count == 1 {
            mean = place
            quartiles = SIMD3(repeating: place)
        }
        mean += 0.5 * (place - mean)
        let distance = abs(mean - quartiles[1])
        deviation += max(0.01, 1 / Float(count)) * (distance - deviation)
        let rate = max(0.02, 2 / Float(count)) * deviation
        let levels = SIMD3<Float>(0.25, 0.5, 0.75)
        for index in 0..<3 { quartiles[index] += rate * (levels[index] - (mean <= quartiles[index] ? 1 : 0)) }
        level = mean <= quartiles[0] ? 0 : mean <= quartiles[1] ? 1 : mean <= quartiles[2] ? 2 : 3
    }
}
