/// When the next event comes, given what came last and what is expected to come: the time depends on what it is.
///
/// Quantiles of the transition's own gaps (``TransitionGaps``) compete with those that the series told without regard to what
/// comes (``ArrivalForecaster``). Both are judged by what came, also where something else came than was expected, and the one
/// with the less discounted log-pinball loss speaks; they are not blended. The ends of the window are the quantiles at two
/// levels that follow the misses, as in ``ArrivalForecaster``.
///
///     loss ← .998 loss + pinball(log(gap + resolution));  transitions speak while their loss < .98 × the other
///
/// ```swift
/// var arrivals = TransitionArrivals()
/// for _ in 0..<8 { arrivals.learn(from: 1, to: 2, gapMicroseconds: 250_000) }
/// arrivals.statement(from: 1, to: 2)?.forecast.expected   // 250,000
/// ```
///
/// Memory: at most 1.1 MB for all keys of a stream. Cost: some 100 ns an event.
public struct TransitionArrivals: Sendable {
    /// What was said of a key's next arrival.
    public struct Statement: Sendable {
        /// The symbol that is expected to come.
        public var symbol: Int32
        /// The time and the window; its probability is that of the window if the symbol comes.
        public var forecast: ArrivalForecast
        /// The time's quantiles.
        public var quantiles: GapQuantiles

        /// Creates a statement from its parts.
        public init(symbol: Int32, forecast: ArrivalForecast, quantiles: GapQuantiles) {
            self.symbol = symbol
            self.forecast = forecast
            self.quantiles = quantiles
        }
    }

    /// Arrivals judged before transitions may speak.
    private static let patience = 32.0
    private static let rate: Float = 0.005

    private var gaps = TransitionGaps()
    private var loss = 0.0
    private var otherLoss = 0.0
    private var judged = 0.0
    /// Windows met and windows stated of late, whatever came, and where the expected symbol did.
    private var hits = (all: 0.9 * 4, expected: 0.9 * 4)
    private var windows = (all: 4.0, expected: 4.0)
    private var lowLevel: Float = 0.05
    private var highLevel: Float = 0.95
    /// What is added to gaps before their logarithm is taken, in microseconds: the least gap seen.
    private var resolution = 1e6

    /// Creates one that has seen nothing.
    public init() {}

    /// The memory held, in bytes.
    public var bytes: Int { MemoryLayout<TransitionArrivals>.stride + gaps.bytes }

    /// Whether transitions tell the time better than the series does by itself.
    public var speaks: Bool { judged >= Self.patience && loss < 0.98 * otherLoss }

    /// The share of late windows that were met, whatever came in them.
    public var probability: Double { min(hits.all / windows.all, 1) }

    /// The loss of transitions ÷ that of the series' own quantiles, of late; nil before any was judged.
    public var relativeLoss: Double? { otherLoss > 0 ? loss / otherLoss : nil }

    /// Takes in the time from one symbol to the next.
    public mutating func learn(from: Int32, to: Int32, gapMicroseconds: Int64) {
        if gapMicroseconds > 0 { resolution = min(resolution, Double(gapMicroseconds)) }
        gaps.learn(from: from, to: to, gapMicroseconds: gapMicroseconds)
    }

    /// What the past of a transition says of its time; nil where too little of it was seen.
    public func statement(from: Int32, to: Int32) -> Statement? {
        guard let place = gaps.find(from: from, to: to) else { return nil }
        let middle = gaps.quantile(0.5, at: place)
        let forecast = ArrivalForecast(
            expected: Int64(middle.rounded()), low: Int64(gaps.quantile(lowLevel, at: place).rounded(.down)),
            high: Int64(gaps.quantile(highLevel, at: place).rounded(.up)),
            probability: min(hits.expected / windows.expected, 1))
        let quantiles = GapQuantiles(
            gaps.quantile(0.05, at: place), gaps.quantile(0.25, at: place), middle, gaps.quantile(0.75, at: place),
            gaps.quantile(0.95, at: place))
        return Statement(symbol: to, forecast: forecast, quantiles: quantiles)
    }

    /// Compares what was said with what came, and with what the series said.
    public mutating func judge(
        _ statement: Statement, other: GapQuantiles, symbol: Int32, gapMicroseconds: Int64
    ) {
        let gap = max(gapMicroseconds, 0)
        let actual = logarithm(Float(Double(gap) + resolution))
        loss = 0.998 * loss + Double(GapLevels.pinball(logarithms(statement.quantiles), actual: actual))
        otherLoss = 0.998 * otherLoss + Double(GapLevels.pinball(logarithms(other), actual: actual))
        judged += 1
        let isEarly = gap < statement.forecast.low
        let isLate = gap > statement.forecast.high
        hits.all = 0.995 * hits.all + (isEarly || isLate ? 0 : 1)
        windows.all = 0.995 * windows.all + 1
        guard symbol == statement.symbol else { return }
        hits.expected = 0.995 * hits.expected + (isEarly || isLate ? 0 : 1)
        windows.expected = 0.995 * windows.expected + 1
        lowLevel = min(max(lowLevel + Self.rate * (0.05 - (isEarly ? 1 : 0)), 0.01), 0.12)
        highLevel = min(max(highLevel + Self.rate * ((isLate ? 1 : 0) - 0.05), 0.88), 0.99)
    }

    private func logarithms(_ quantiles: GapQuantiles) -> SIMD8<Float> {
        let lanes = SIMD8<Double>(
            quantiles.fifth, quantiles.firstQuartile, quantiles.median, quantiles.thirdQuartile, quantiles.ninetyFifth,
            0, 0, 0)
        return GapLevels.logarithms(SIMD8<Float>(lanes + resolution))
    }
}

extension TransitionArrivals {
    /// Writes the state, or reads it back.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try gaps.pass(through: &coder)
        try coder.pass(&loss)
        try coder.pass(&otherLoss)
        try coder.pass(&judged)
        try coder.pass(&hits.all)
        try coder.pass(&hits.expected)
        try coder.pass(&windows.all)
        try coder.pass(&windows.expected)
        try coder.pass(&lowLevel)
        try coder.pass(&highLevel)
        try coder.pass(&resolution)
        try coder.check(resolution >= 1 && windows.all > 0 && windows.expected > 0, "times have no resolution")
    }
}

extension TransitionArrivals.Statement {
    /// Writes the statement, or reads it back.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        let times: ClosedRange<Int64> = 0...1 << 59
        try coder.pass(&symbol, in: 0...(.max))
        try coder.pass(&forecast.expected, in: times)
        try coder.pass(&forecast.low, in: times)
        try coder.pass(&forecast.high, in: times)
        try coder.pass(&forecast.probability)
        try coder.pass(&quantiles.fifth)
        try coder.pass(&quantiles.firstQuartile)
        try coder.pass(&quantiles.median)
        try coder.pass(&quantiles.thirdQuartile)
        try coder.pass(&quantiles.ninetyFifth)
    }
}
