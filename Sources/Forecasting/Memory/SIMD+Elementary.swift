/// Exponential and logarithm of four numbers at a time, the same on every machine: polynomials, no library.
extension SIMD4<Float> {
    @inline(__always)
    private var bits: SIMD4<UInt32> { unsafe unsafeBitCast(self, to: SIMD4<UInt32>.self) }

    @inline(__always)
    private init(bits: SIMD4<UInt32>) { self = unsafe unsafeBitCast(bits, to: SIMD4<Float>.self) }

    /// Whether any lane of either has its sign set.
    @inline(__always)
    static func anyIsNegative(_ first: SIMD4<Float>, _ second: SIMD4<Float>) -> Bool {
        let pairs = unsafe unsafeBitCast(first.bits | second.bits, to: SIMD2<UInt64>.self)
        return (pairs[0] | pairs[1]) & 0x8000_0000_8000_0000 != 0
    }

    /// e to each lane, to 4 parts in 10 million; lanes are taken as within −87…88. (Cephes' polynomial.)
    @inline(__always)
    var exponential: SIMD4<Float> {
        let scaled = (self * 1.442695041).greater(SIMD4(repeating: -126)).lesser(SIMD4(repeating: 127))
        // Adding 1.5 · 2^23 rounds to a whole number, which then stands in the low bits.
        let rounded = scaled + 12_582_912
        let rest = scaled - (rounded - 12_582_912)
        var series = rest * 1.535_336_19e-4 + 1.339_887_44e-3
        series = series * rest + 9.618_437_36e-3
        series = series * rest + 5.550_332_47e-2
        series = series * rest + 2.402_264_79e-1
        series = series * rest + 6.931_472_03e-1
        series = series * rest + 1
        return SIMD4(bits: series.bits &+ (rounded.bits &<< 23))
    }

    /// The natural logarithm of each lane, to 1 part in 10 million; lanes are positive.
    @inline(__always)
    var logarithm: SIMD4<Float> {
        // The mantissa is taken between √½ and √2.
        let shifted = bits &- 0x3f35_04f3
        let exponent = SIMD4(bits: (shifted &>> 23) | 0x4b00_0000)
        let mantissa = SIMD4(bits: (shifted & 0x007f_ffff) &+ 0x3f35_04f3)
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        var series = square * 0.222_222_22 + 0.285_714_29
        series = series * square + 0.4
        series = series * square + 0.666_666_67
        series = series * square + 2
        // Exponents below 0 wrap around in 9 bits.
        let power = exponent - 8_388_608
        let signed = power.replacing(with: power - 512, where: power .> 255)
        return series * ratio + signed * 0.693_147_180_6
    }

    /// asinh of each lane: linear near zero, logarithmic far out.
    @inline(__always)
    var inverseHyperbolicSine: SIMD4<Float> {
        let size = greater(-self)
        let result = (size + (size * size + 1).squareRoot()).logarithm
        return result.replacing(with: -result, where: self .< 0)
    }
}

extension Float {
    /// sinh, to 1 part in a million beyond .1.
    @inline(__always)
    var hyperbolicSine: Float {
        let both = SIMD4<Float>(self, -self, 0, 0).exponential
        return 0.5 * (both[0] - both[1])
    }
}
