/// Durations as text: `1h30m`, `-1.5s`, `100ms`; printed in seconds, `5400s`.
enum DurationText {
    /// Nanoseconds of a text, or nil if it is none or leaves 64 bits.
    static func parse(_ text: String) -> Int64? {
        var bytes = Array(text.utf8)[...]
        var isNegative = false
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            bytes = bytes.dropFirst()
        }
        if bytes.elementsEqual("0".utf8) { return 0 }
        guard !bytes.isEmpty else { return nil }
        var total: Int64 = 0
        while !bytes.isEmpty {
            guard let part = component(&bytes) else { return nil }
            let (sum, overflow) = total.subtractingReportingOverflow(part)
            if overflow { return nil }
            total = sum
        }
        if isNegative { return total }
        return total == .min ? nil : -total
    }

    /// One number with its unit, as nanoseconds.
    private static func component(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        var whole: Int64 = 0
        var digits = 0
        while let byte = bytes.first, Lexer.isDigit(byte) {
            let (product, overflow) = whole.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(byte - 0x30))
            if overflow || carry { return nil }
            whole = sum
            digits += 1
            bytes = bytes.dropFirst()
        }
        var fraction = 0.0
        if bytes.first == UInt8(ascii: ".") {
            bytes = bytes.dropFirst()
            var scale = 0.1
            while let byte = bytes.first, Lexer.isDigit(byte) {
                fraction += Double(byte - 0x30) * scale
                scale /= 10
                digits += 1
                bytes = bytes.dropFirst()
            }
        }
        guard digits > 0, let unit = unit(&bytes) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        let (sum, carry) = product.addingReportingOverflow(Int64((fraction * Double(unit)).rounded()))
        return overflow || carry ? nil : sum
    }

    private static func unit(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        let units: [(name: String, nanoseconds: Int64)] = [
            ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
            ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ]
        for unit in units where bytes.starts(with: unit.name.utf8) {
            bytes = bytes.dropFirst(unit.name.utf8.count)
            return unit.nanoseconds
        }
        return nil
    }

    /// Seconds with as many digits as are needed: `5400s`, `-0.5s`.
    static func format(_ nanoseconds: Int64) -> String {
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (nanoseconds < 0 ? "-" : "") + String(whole) + fraction(rest) + "s"
    }

    /// Nanoseconds as a decimal fraction without trailing zeros; empty for none.
    static func fraction(_ nanoseconds: UInt64) -> String {
        if nanoseconds == 0 { return "" }
        var digits = String(nanoseconds + 1_000_000_000).dropFirst()
        while digits.last == "0" { digits = digits.dropLast() }
        return "." + digits
    }
}
