/// The quantiles of a time between arrivals at five levels, in microseconds.
///
/// ```swift
/// let quantiles = forecaster.quantiles(of: 0)
/// quantiles.median
/// quantiles.fifth...quantiles.ninetyFifth   // nine in ten
/// ```
public struct GapQuantiles: Sendable, Equatable {
    /// 5 % of the gaps are at most as long.
    public var fifth: Double
    /// A quarter of the gaps are at most as long.
    public var firstQuartile: Double
    /// Half of the gaps are at most as long.
    public var median: Double
    /// Three quarters of the gaps are at most as long.
    public var thirdQuartile: Double
    /// 95 % of the gaps are at most as long.
    public var ninetyFifth: Double

    /// Creates quantiles, ascending.
    public init(
        _ fifth: Double, _ firstQuartile: Double, _ median: Double, _ thirdQuartile: Double, _ ninetyFifth: Double
    ) {
        self.fifth = fifth
        self.firstQuartile = firstQuartile
        self.median = median
        self.thirdQuartile = thirdQuartile
        self.ninetyFifth = ninetyFifth
    }

    init(_ lanes: SIMD8<Double>) { self.init(lanes[0], lanes[1], lanes[2], lanes[3], lanes[4]) }

    /// All of them multiplied by a positive factor.
    func scaled(by factor: Double) -> GapQuantiles {
        GapQuantiles(
            fifth * factor, firstQuartile * factor, median * factor, thirdQuartile * factor, ninetyFifth * factor)
    }
}
