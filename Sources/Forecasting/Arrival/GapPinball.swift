/// Accounts of how well the quantiles of gaps were told, next to the running empirical quantiles of the same gaps.
///
///     loss of a gap = mean over the levels .05, .25, .5, .75, .95 of the pinball of log(gap + resolution)
///
/// Before a gap is learned, hand in the quantiles that were told of it; both losses count from `warmUp` gaps on.
///
/// ```swift
/// var pinball = GapPinball(warmUp: 350)
/// pinball.add(gapMicroseconds: gap, quantiles: forecaster.quantiles(of: 0))
/// forecaster.learn(gapMicroseconds: gap)
/// pinball.gapPinball! / pinball.gapPinballEmpirical!   // below 1 where the forecaster earns its keep
/// ```
///
/// Cost: about 1 µs per gap. Memory: at most 64 kB: beyond 8,192 gaps the empirical quantiles are those of every second,
/// later of every fourth gap, and so on.
public struct GapPinball: Sendable {
    private let warmUp: Int
    private let resolution: Double
    private var empirical = EmpiricalQuantiles()
    private var loss = 0.0
    private var empiricalLoss = 0.0
    private var seen = 0

    /// How many gaps were counted.
    public private(set) var count = 0

    /// Creates empty accounts.
    ///
    /// - Parameters:
    ///   - warmUp: So many gaps are not counted.
    ///   - resolutionMicroseconds: What is added before the logarithm is taken: the resolution of the stamps.
    public init(warmUp: Int, resolutionMicroseconds: Double = 1) {
        precondition(resolutionMicroseconds > 0, "stamps have a resolution")
        self.warmUp = warmUp
        resolution = resolutionMicroseconds
    }

    /// The mean loss of the quantiles handed in; nil before any counted.
    public var gapPinball: Double? { count == 0 ? nil : loss / Double(count) }
    /// The mean loss of the running empirical quantiles of the gaps before; nil before any counted.
    public var gapPinballEmpirical: Double? { count == 0 ? nil : empiricalLoss / Double(count) }

    /// Counts a gap and the quantiles that were told of it; nil where none were, which counts as the empirical ones.
    public mutating func add(gapMicroseconds: Int64, quantiles: GapQuantiles?) {
        let gap = Double(max(gapMicroseconds, 0))
        if seen >= max(warmUp, 1) {
            let actual = logarithm(gap + resolution)
            let running = GapQuantiles(
                empirical.quantile(0.05), empirical.quantile(0.25), empirical.quantile(0.5), empirical.quantile(0.75),
                empirical.quantile(0.95))
            count += 1
            empiricalLoss += pinball(running, actual: actual)
            loss += pinball(quantiles ?? running, actual: actual)
        }
        seen += 1
        empirical.learn(gap)
    }

    private func pinball(_ quantiles: GapQuantiles, actual: Double) -> Double {
        let values = [
            (0.05, quantiles.fifth), (0.25, quantiles.firstQuartile), (0.5, quantiles.median),
            (0.75, quantiles.thirdQuartile), (0.95, quantiles.ninetyFifth),
        ]
        var sum = 0.0
        for (level, quantile) in values {
            let distance = actual - logarithm(max(quantile, 0) + resolution)
            sum += max(level * distance, (level - 1) * distance)
        }
        return sum / 5
    }
}
