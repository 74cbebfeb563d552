/// The context a gap comes in: one of four levels of the short-run pace, alone and together with the quarter of the day.
///
///     pace ← pace + ½ (x − pace),  x = log(gap + resolution);  its level: how many of its running quartiles it exceeds
///     quarter: of the day, counted from the first gap
///
/// A ``LogGapHistogram`` keeps a row for each: 4 for the levels, 16 for the pairs. The next gap is told
/// from the mixture of the present two and of all gaps, which count as 8.
///
/// ```swift
/// var context = GapContext()
/// context.learn(logGap: 3, quarter: 0)
/// context.levelRow   // 1…4
/// context.pairRow    // 5…20
/// ```
///
/// Loss next to the running empirical quantiles' (Benchmarks/ArrivalTimes): azure_llm_conv .987, travel_time_387 .911,
/// two-state Markov .674, Poisson 1.002. Cost: 10 ns. Source: ours; a histogram per context of the recent pace.
struct GapContext: Sendable {
    /// The rows of contexts.
    static let rows = 20
    /// What all gaps count for in a mixture.
    static let prior: Float = 8

    private var mean: Float = 0
    private var quartiles = SIMD3<Float>.zero
    private var deviation: Float = 0
    private var count: Float = 0
    private var quarter = 0
    private var level = 0

    /// The row of the present level.
    var levelRow: Int { 1 + level }
    /// The row of the present level in the present quarter of the day.
    var pairRow: Int { 5 + 4 * level + quarter }

    /// Takes in a gap that ended in a quarter of the day.
    mutating func learn(logGap: Float, quarter: Int) {
        self.quarter = quarter
        count += 1
        if count == 1 {
            mean = logGap
            quartiles = SIMD3(repeating: logGap)
        }
        mean += 0.5 * (logGap - mean)
        let distance = abs(mean - quartiles[1])
        deviation += max(0.01, 1 / count) * (distance - deviation)
        let rate = max(0.02, 2 / count) * deviation
        let levels = SIMD3<Float>(0.25, 0.5, 0.75)
        for index in 0..<3 { quartiles[index] += rate * (levels[index] - (mean <= quartiles[index] ? 1 : 0)) }
        level = mean <= quartiles[0] ? 0 : mean <= quartiles[1] ? 1 : mean <= quartiles[2] ? 2 : 3
    }
}

extension GapContext {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&mean)
        try coder.pass(&quartiles)
        try coder.pass(&deviation)
        try coder.pass(&count)
        try coder.pass(&quarter, in: 0...3)
        try coder.pass(&level, in: 0...3)
    }
}
