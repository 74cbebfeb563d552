/// The nearest double of a decimal, exactly rounded, without the C library and its locale.
///
/// Three ways, fastest first: one division or multiplication of exact doubles (Clinger, "How to read floating point numbers
/// accurately", 1990); 128-bit integer arithmetic where the power of ten fits 64 bits, about 10 ns; the standard
/// library's parser for everything else, about 100 ns.
enum DecimalConversion {
    /// The powers of ten that a double holds exactly.
    static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The powers of ten that 64 bits hold.
    static let integerPowers: [UInt64] = [
        1, 10, 100, 1000, 10000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// The double nearest to the number, whose text is at hand for the hard cases. Too large becomes infinite.
    static func double(_ number: ScannedNumber, text: UnsafeBufferPointer<UInt8>) -> Double {
        if number.digits <= 19, let magnitude = magnitude(number.mantissa, number.exponent) {
            return number.isNegative ? -magnitude : magnitude
        }
        if number.digits > 19, let value = unsafe significant(text) { return number.isNegative ? -value : value }
        return unsafe parse(text)
    }

    /// `mantissa × 10^exponent` rounded once, or nil where neither fast way applies.
    @inline(__always)
    static func magnitude(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 { return 0 }
        if mantissa < 1 << 53 {
            if exponent <= 0, exponent >= -22 { return Double(mantissa) / powers[-exponent] }
            if exponent > 0, exponent <= 22 { return Double(mantissa) * powers[exponent] }
        }
        guard exponent >= -19, exponent <= 19 else { return nil }
        return exponent < 0 ? quotient(mantissa, integerPowers[-exponent]) : product(mantissa, integerPowers[exponent])
    }

    /// `mantissa × power`: 128 bits, of which the lower only matter for the rounding.
    private static func product(_ mantissa: UInt64, _ power: UInt64) -> Double {
        let (high, low) = mantissa.multipliedFullWidth(by: power)
        if high == 0 { return Double(low) }
        let shift = high.leadingZeroBitCount
        let top = high << UInt64(shift) | (shift == 0 ? 0 : low >> UInt64(64 - shift))
        let rest = shift == 0 ? low : low << UInt64(shift)
        return rounded(top, hasRest: rest != 0, power: 64 - shift)
    }

    /// `mantissa ÷ power`: at least 63 bits of quotient, and whether something is left over.
    private static func quotient(_ mantissa: UInt64, _ power: UInt64) -> Double {
        let up = mantissa.leadingZeroBitCount
        let over = power.leadingZeroBitCount
        // Halved, so that the quotient fits 64 bits.
        let normal = mantissa << UInt64(up)
        let halfBit = (normal & 1) << 63
        let numerator = normal >> 1
        let divisor = power << UInt64(over)
        let (quotient, remainder) = divisor.dividingFullWidth((numerator, halfBit))
        let shift = quotient.leadingZeroBitCount
        return rounded(quotient << UInt64(shift), hasRest: remainder != 0, power: over - up - 63 - shift)
    }

    /// `top × 2^power` to the nearest double, ties to even; `hasRest` says that the exact value lies just above.
    ///
    /// `top` has its highest bit set. Folding the rest into the lowest bit is safe: it lies below the rounding position.
    @inline(__always)
    private static func rounded(_ top: UInt64, hasRest: Bool, power: Int) -> Double {
        let value = Double(hasRest ? top | 1 : top)
        // The powers at hand keep the result far from the ends of the range, so that this product is exact.
        return value * Double(bitPattern: UInt64(1023 + power) << 52)
    }

    /// The double of a number of more than 19 digits, decided by its first 19 if these leave no doubt.
    private static func significant(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        var mantissa: UInt64 = 0
        var taken = 0
        var exponent = 0
        var hasPoint = false
        for place in 0..<text.count {
            let byte = unsafe text[place]
            if byte == UInt8(ascii: ".") {
                hasPoint = true
            } else if byte &- 48 <= 9 {
                if taken < 19 {
                    mantissa = mantissa * 10 + UInt64(byte &- 48)
                    if mantissa != 0 { taken += 1 }
                    if hasPoint { exponent -= 1 }
                } else if !hasPoint {
                    exponent += 1
                }
            } else if byte | 0x20 == UInt8(ascii: "e") {
                return nil
            }
        }
        guard let below = magnitude(mantissa, exponent), let above = magnitude(mantissa + 1, exponent) else {
            return nil
        }
        return below == above ? below : nil
    }

    /// The standard library's answer, for a text already known to be a number.
    @inline(never)
    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double {
        Double(unsafe String(decoding: text, as: UTF8.self)) ?? .nan
    }
}
