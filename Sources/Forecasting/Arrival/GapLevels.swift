/// The five levels at which the quantiles of a gap are kept, and their pinball loss.
///
///     loss = mean over the levels q of max(q · (x − x_q), (q − 1) · (x − x_q)),   x = log(gap + resolution)
///
/// Vectors have eight lanes; the last three are idle.
enum GapLevels {
    /// How many levels there are.
    static let count = 5
    /// The levels; idle lanes are 0.
    @inline(__always)
    static var values: SIMD8<Float> { SIMD8(0.05, 0.25, 0.5, 0.75, 0.95, 0, 0, 0) }

    /// The loss of quantiles when `actual` comes, all of them logarithms.
    ///
    /// In the form (q − ½) d + ½ |d|, which needs no choice.
    @inline(__always)
    static func pinball(_ quantiles: SIMD8<Float>, actual: Float) -> Float {
        let distance = actual - quantiles
        let size = unsafe unsafeBitCast(
            unsafeBitCast(distance, to: SIMD8<UInt32>.self) & 0x7fff_ffff, to: SIMD8<Float>.self)
        let lean = SIMD8<Float>(-0.09, -0.05, 0, 0.05, 0.09, 0, 0, 0)
        return (lean * distance + SIMD8<Float>(0.1, 0.1, 0.1, 0.1, 0.1, 0, 0, 0) * size).tree
    }

    /// The logarithm of each lane, which must be positive and normal, to within .0001: enough to compare losses.
    ///
    /// The exponent, and the series of artanh((m − 1) / (m + 1)) for a mantissa m of .71…1.41.
    @inline(__always)
    static func logarithms(_ values: SIMD8<Float>) -> SIMD8<Float> {
        let bits = unsafe unsafeBitCast(values, to: SIMD8<Int32>.self)
        let shifted = bits &- 0x3f35_04f3
        let exponent = shifted &>> 23
        let mantissa = unsafe unsafeBitCast(bits &- (exponent &<< 23), to: SIMD8<Float>.self)
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        return SIMD8<Float>(exponent) * 0.6931472 + ratio * (2 + square * (0.6666667 + square * 0.4))
    }
}

extension SIMD8<Float> {
    /// The sum of the lanes, by halves.
    @inline(__always)
    var tree: Float {
        let four = lowHalf + highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }
}
