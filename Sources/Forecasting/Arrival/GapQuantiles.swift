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

    /// The chance of a gap at least as far from the median as this one: twice the share on its side, between the levels by
    /// interpolation, beyond the outer ones falling with the distance from the median.
    public func chance(ofAtLeastAsFar gap: Double) -> Double {
        if gap >= median {
            if gap <= thirdQuartile { return 1 - 0.5 * Self.share(gap, median, thirdQuartile) }
            if gap <= ninetyFifth { return 0.5 - 0.4 * Self.share(gap, thirdQuartile, ninetyFifth) }
            let reach = max(ninetyFifth - median, 1)
            return 0.1 * reach / (gap - median + reach - max(ninetyFifth - median, 0))
        }
        if gap >= firstQuartile { return 1 - 0.5 * Self.share(gap, median, firstQuartile) }
        if gap >= fifth { return 0.5 - 0.4 * Self.share(gap, firstQuartile, fifth) }
        // Below the lowest level only nothing is left.
        return 0.1 * (gap + 1) / (fifth + 1)
    }

    /// How far a value is on its way from one level to the next, 0…1.
    private static func share(_ value: Double, _ from: Double, _ to: Double) -> Double {
        from == to ? 0 : (value - from) / (to - from)
    }

    init(_ lanes: SIMD8<Double>) { self.init(lanes[0], lanes[1], lanes[2], lanes[3], lanes[4]) }

    /// All of them multiplied by a positive factor.
    func scaled(by factor: Double) -> GapQuantiles {
        GapQuantiles(
            fifth * factor, firstQuartile * factor, median * factor, thirdQuartile * factor, ninetyFifth * factor)
    }
}
