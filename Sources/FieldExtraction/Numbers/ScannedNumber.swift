/// A JSON number as read from text: where it ends and the decimal `mantissa × 10^exponent` it stands for.
///
/// More than 19 digits do not fit the mantissa; then it is unspecified and `digits` says so.
struct ScannedNumber {
    /// The offset behind the last byte, or of the byte that is wrong where `isValid` is false.
    var end: Int
    /// Whether the text is a number by RFC 8259.
    var isValid: Bool
    /// Whether a minus sign stands in front.
    var isNegative: Bool
    /// Whether there is neither fraction nor exponent.
    var isIntegral: Bool
    /// All digits before the exponent, as one integer.
    var mantissa: UInt64
    /// The number of those digits, leading zeros included.
    var digits: Int
    /// The power of ten, fraction digits taken off.
    var exponent: Int

    /// Reads the number that begins at `start`. Whether what follows may follow is the caller's question.
    @inline(__always)
    init(_ view: ByteView, at start: Int) {
        var place = start
        isValid = true
        isIntegral = true
        mantissa = 0
        digits = 0
        exponent = 0
        isNegative = view[place] == UInt8(ascii: "-")
        if isNegative { place &+= 1 }
        let firstDigit = place
        var digit = view[place] &- 48
        if digit == 0 {
            place &+= 1
            if view[place] &- 48 <= 9 { isValid = false }
        } else {
            while digit <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                place &+= 1
                digit = view[place] &- 48
            }
            if place == firstDigit { isValid = false }
        }
        digits = place &- firstDigit
        if view[place] == UInt8(ascii: "."), isValid {
            isIntegral = false
            place &+= 1
            let firstFraction = place
            digit = view[place] &- 48
            while digit <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                place &+= 1
                digit = view[place] &- 48
            }
            if place == firstFraction { isValid = false }
            exponent = firstFraction &- place
            digits &-= exponent
        }
        if view[place] | 0x20 == UInt8(ascii: "e"), isValid {
            isIntegral = false
            place &+= 1
            let isSmall = view[place] == UInt8(ascii: "-")
            if isSmall || view[place] == UInt8(ascii: "+") { place &+= 1 }
            let firstPower = place
            var power = 0
            digit = view[place] &- 48
            while digit <= 9 {
                // Far beyond any double; more would only overflow.
                if power < 100_000_000 { power = power &* 10 &+ Int(digit) }
                place &+= 1
                digit = view[place] &- 48
            }
            if place == firstPower { isValid = false }
            exponent &+= isSmall ? 0 &- power : power
        }
        end = place
    }

    /// The slot of this number, whose text is `view` from `start`.
    @inline(__always)
    func slot(_ view: ByteView, from start: Int) -> FieldSlot {
        var kind = FieldSlot.Kind.double
        let bits: UInt64
        if isIntegral, digits <= 18, mantissa != 0 || !isNegative {
            kind = .integer
            bits = isNegative ? 0 &- mantissa : mantissa
        } else if digits <= 19, mantissa < 1 &<< 53, exponent <= 0, exponent >= -22 {
            // Both are exact as doubles, so the one division rounds correctly (Clinger 1990).
            let magnitude = Double(mantissa) / DecimalConversion.powers[0 &- exponent]
            bits = (isNegative ? -magnitude : magnitude).bitPattern
        } else {
            return longSlot(view, from: start)
        }
        return unsafe FieldSlot(kind: kind, bits: bits, start: view.base + start, length: end &- start)
    }

    /// The rare cases: integers of 19 and more digits, negative zero, exponents, many digits.
    @inline(never)
    private func longSlot(_ view: ByteView, from start: Int) -> FieldSlot {
        var kind = FieldSlot.Kind.double
        let bits: UInt64
        if isIntegral, let value = wholeValue(view, from: start) {
            kind = .integer
            bits = UInt64(bitPattern: value)
        } else {
            bits = unsafe DecimalConversion.double(self, text: unsafe view.bytes(start, end)).bitPattern
        }
        return unsafe FieldSlot(kind: kind, bits: bits, start: view.base + start, length: end &- start)
    }

    /// The integer, if it fits; negative zero is no integer, since its sign would be lost.
    private func wholeValue(_ view: ByteView, from start: Int) -> Int64? {
        guard digits <= 19, mantissa != 0 || !isNegative else { return nil }
        if isNegative { return mantissa <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- mantissa) : nil }
        return Int64(exactly: mantissa)
    }
}
