import FieldExtraction

extension [UInt8] {
    /// Appends a literal.
    @inline(__always)
    mutating func append(_ literal: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a number exactly as it is judged.
    mutating func append(_ number: PrintedNumber) {
        if number.exponent == .min {
            NumberText.append(number.value, to: &self)
        } else {
            NumberText.appendDecimal(number.mantissa, Int(number.exponent), to: &self)
        }
    }
}
