import FieldExtraction

/// The small change of record writing: literals, numbers, positions, durations.
extension [UInt8] {
    /// Appends a literal.
    @inline(__always)
    mutating func append(_ literal: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a whole number.
    @inline(__always)
    mutating func append(decimal value: Int64) {
        NumberText.appendInteger(value, to: &self)
    }

    /// Appends a position.
    mutating func append(_ position: Position) {
        append(decimal: Int64(position.partition))
        append(UInt8(ascii: ":"))
        append(decimal: Int64(position.epoch))
        append(UInt8(ascii: "-"))
        append(decimal: Int64(bitPattern: position.sequence))
    }

    /// Appends a number exactly as it is judged.
    mutating func append(_ number: PrintedNumber) {
        if number.exponent == .min {
            NumberText.append(number.value, to: &self)
        } else {
            NumberText.appendDecimal(number.mantissa, Int(number.exponent), to: &self)
        }
    }

    /// Appends a probability with up to four decimals.
    mutating func append(probability: Double) {
        append(trimmed: Int64((probability * 1e4).rounded()), decimals: 4)
    }

    /// Appends a decimal without zeros at its end, keeping one digit behind the point.
    private mutating func append(trimmed mantissa: Int64, decimals: Int) {
        var mantissa = mantissa
        var decimals = decimals
        while decimals > 1, mantissa % 10 == 0 {
            mantissa /= 10
            decimals -= 1
        }
        NumberText.appendDecimal(mantissa, -decimals, to: &self)
    }

    /// Appends a share of probability with six decimals, nine where it is small.
    mutating func append(share: Double) {
        if share < 1e-3 {
            append(trimmed: Int64((share * 1e9).rounded(.down)), decimals: 9)
        } else {
            append(trimmed: Int64((share * 1e6).rounded(.down)), decimals: 6)
        }
    }

    /// Appends microseconds as seconds.
    mutating func append(seconds microseconds: Int64) {
        append(trimmed: microseconds, decimals: 6)
    }

    /// Appends a difference with the digits its prediction was printed with.
    mutating func append(rounded error: Double, like prediction: Prediction, field: Int) {
        for candidate in prediction.fields where candidate.field == field {
            if case .numeric(let numeric) = candidate.content, numeric.value.exponent != .min {
                append(PrintedNumber(error, exponent: Int(numeric.value.exponent)))
                return
            }
        }
        NumberText.append(error, to: &self)
    }
}
