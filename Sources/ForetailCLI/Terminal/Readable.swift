import FieldExtraction
import Foretail

/// Numbers, durations and amounts as people read them.
enum Readable {
    /// A duration in its two largest units: `350ms`, `45s`, `5m00s`, `2h05m`, `3d04h`.
    static func duration(microseconds: Int64) -> String {
        let sign = microseconds < 0 ? "-" : ""
        let magnitude = Int64(clamping: microseconds.magnitude)
        if magnitude < 1_000_000 { return "\(sign)\(magnitude / 1_000)ms" }
        if magnitude < 10_000_000 { return "\(sign)\(fixed(Double(magnitude) / 1e6, decimals: 1))s" }
        let seconds = magnitude / 1_000_000
        switch seconds {
        case ..<60: return "\(sign)\(seconds)s"
        case ..<3_600: return "\(sign)\(seconds / 60)m\(pair(seconds % 60))s"
        case ..<86_400: return "\(sign)\(seconds / 3_600)h\(pair(seconds / 60 % 60))m"
        default: return "\(sign)\(seconds / 86_400)d\(pair(seconds / 3_600 % 24))h"
        }
    }

    /// A duration without parts that are zero: `5m` rather than `5m00s`.
    static func shortDuration(microseconds: Int64) -> String {
        let text = duration(microseconds: microseconds)
        for (long, short) in [("m00s", "m"), ("h00m", "h"), ("d00h", "d"), (".0s", "s")] where text.hasSuffix(long) {
            return text.dropLast(long.count) + short
        }
        return text
    }

    /// Bytes with a decimal prefix: `512 B`, `41.2 MB`.
    static func bytes(_ count: Double) -> String { scaled(count, unit: "B", units: ["B", "kB", "MB", "GB", "TB"]) }

    /// A count with thousands set apart: `1,234,567`.
    static func count(_ number: Int) -> String {
        var digits = Array(String(number.magnitude))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (number < 0 ? "-" : "") + String(digits)
    }

    /// A rate: `12`, `950`, `41.2k`, `1.3M`.
    static func rate(_ perSecond: Double) -> String {
        guard perSecond.isFinite else { return "0" }
        switch perSecond {
        case ..<9.95: return fixed(perSecond, decimals: 1)
        case ..<9_950: return fixed(perSecond, decimals: 0)
        case ..<999_500: return fixed(perSecond / 1e3, decimals: perSecond < 99_500 ? 1 : 0) + "k"
        default: return fixed(perSecond / 1e6, decimals: 1) + "M"
        }
    }

    /// A share as a percentage: `81 %`; `–` for none.
    static func percent(_ share: Double?, decimals: Int = 0) -> String {
        guard let share, share.isFinite else { return "–" }
        return fixed(100 * share, decimals: decimals) + " %"
    }

    /// A number with so many decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scaled = (value * NumberText.double(mantissa: 1, exponent: decimals)).rounded()
        guard scaled.magnitude < 9e15 else { return "\(value)" }
        var text: [UInt8] = []
        NumberText.appendDecimal(Int64(scaled), -decimals, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// A number as it was announced, without zeros at the end of its fraction.
    static func number(_ number: PrintedNumber) -> String {
        var text: [UInt8] = []
        if number.exponent == .min {
            NumberText.append(number.value, to: &text)
        } else {
            NumberText.appendDecimal(number.mantissa, Int(number.exponent), to: &text)
        }
        if text.contains(UInt8(ascii: ".")), !text.contains(UInt8(ascii: "e")) {
            while text.last == UInt8(ascii: "0") { text.removeLast() }
            if text.last == UInt8(ascii: ".") { text.removeLast() }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A number in full, without zeros at the end of its fraction.
    static func decimal(_ value: Double) -> String { number(PrintedNumber(value, exponent: Int(Int8.min))) }

    private static func scaled(_ value: Double, unit: String, units: [String]) -> String {
        var value = value
        var place = 0
        while value >= 999.5, place < units.count - 1 {
            value /= 1_000
            place += 1
        }
        return "\(fixed(value, decimals: place > 0 && value < 99.95 ? 1 : 0)) \(units[place])"
    }

    private static func pair(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
