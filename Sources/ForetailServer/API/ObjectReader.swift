#if Server
import FieldExtraction
import Foretail

/// Reads the members of a JSON object by name, each once, and refuses what is left: a slip in a name is told, not ignored.
struct ObjectReader {
    private let path: String
    private var members: [String: JSONValue] = [:]

    /// Takes an object apart.
    ///
    /// - Parameter path: Where it stands, for error messages; empty for a whole body.
    /// - Throws: ``Problem`` (400) when the value is no object or names a member twice.
    init(_ value: JSONValue, at path: String = "") throws(Problem) {
        self.path = path
        guard case .object(let list) = value else {
            throw .invalid(path.isEmpty ? "body" : path, "expected a JSON object")
        }
        for member in list where members.updateValue(member.value, forKey: member.key) != nil {
            throw .invalid(path.isEmpty ? member.key : "\(path).\(member.key)", "stands there twice")
        }
    }

    /// The name of a member as errors tell it.
    func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Whether a member is there, null or not.
    func has(_ key: String) -> Bool { members[key] != nil }

    /// A member of any kind; nil where it is missing or null.
    mutating func value(_ key: String) -> JSONValue? {
        guard let value = members.removeValue(forKey: key), value != .null else { return nil }
        return value
    }

    /// A string.
    mutating func string(_ key: String) throws(Problem) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value else { throw .invalid(name(key), "expected a string") }
        return text
    }

    /// A boolean.
    mutating func bool(_ key: String) throws(Problem) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let flag) = value else { throw .invalid(name(key), "expected true or false") }
        return flag
    }

    /// A number.
    mutating func number(_ key: String) throws(Problem) -> Double? {
        switch value(key) {
        case nil: return nil
        case .integer(let number): return Double(number)
        case .double(let number): return number
        default: throw .invalid(name(key), "expected a number")
        }
    }

    /// A whole number within a range.
    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.wholeNumber, range.contains(number) else {
            throw .invalid(name(key), "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A duration such as `"30s"`, `"10m"`, `"7d"`, or a number of seconds; in microseconds.
    mutating func duration(_ key: String) throws(Problem) -> Int64? {
        guard let value = value(key) else { return nil }
        var duration: Int64?
        switch value {
        case .string(let text): duration = DurationText.microseconds(text)
        case .integer(let seconds): duration = DurationText.microseconds(Double(seconds), unit: 1e6)
        case .double(let seconds): duration = DurationText.microseconds(seconds, unit: 1e6)
        default: break
        }
        guard let duration else {
            throw .invalid(name(key), #"expected a duration such as "250ms", "30s", "10m", "2h", "7d""#)
        }
        return duration
    }

    /// A list of strings, or one string.
    mutating func strings(_ key: String) throws(Problem) -> [String]? {
        switch value(key) {
        case nil: return nil
        case .string(let text): return [text]
        case .array(let values):
            var strings: [String] = []
            for value in values {
                guard case .string(let text) = value else { throw .invalid(name(key), "expected a list of strings") }
                strings.append(text)
            }
            return strings
        default: throw .invalid(name(key), "expected a list of strings")
        }
    }

    /// An object within.
    mutating func object(_ key: String) throws(Problem) -> ObjectReader? {
        guard let value = value(key) else { return nil }
        return try ObjectReader(value, at: name(key))
    }

    /// The members that are left, by name.
    mutating func rest() -> [(String, JSONValue)] {
        defer { members = [:] }
        return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Refuses members that nobody asked for.
    ///
    /// - Throws: ``Problem`` (400) naming the first, and those there could be.
    func finish(knows names: String) throws(Problem) {
        guard let stranger = members.keys.sorted().first else { return }
        throw .invalid(name(stranger), "there is no such field", remedy: "fields here: \(names)")
    }
}

extension JSONValue {
    /// A whole number, however it is written: `12`, `12.0`, `1.2e1`.
    var wholeNumber: Int? {
        switch self {
        case .integer(let number): Int(number)
        case .double(let number): Int(exactly: number)
        default: nil
        }
    }
}

/// Numbers as people write them: digits and a fraction, no sign, and nothing else that `Double` reads (`inf`, `0x1p3`).
enum DecimalText {
    /// The number; nil for anything else.
    static func number(_ text: some StringProtocol, allowsExponent: Bool = false) -> Double? {
        guard text.utf8.first.map(isDigit) == true, Array(text.utf8).last.map(isDigit) == true,
            text.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") || allowsExponent && isExponent($0) }),
            let number = Double(text), number.isFinite
        else { return nil }
        return number
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isExponent(_ byte: UInt8) -> Bool { "eE+-".utf8.contains(byte) }
}

/// Durations as people write them.
enum DurationText {
    private static let units: [(suffix: String, microseconds: Double)] = [
        ("ms", 1e3), ("us", 1), ("s", 1e6), ("m", 6e7), ("h", 3.6e9), ("d", 8.64e10),
    ]

    /// The microseconds of `250ms`, `30s`, `10m`, `2h`, `7d`; a bare number is seconds. Nil for anything else.
    static func microseconds(_ text: String) -> Int64? {
        var number = text
        var factor = 1e6
        for unit in units where text.hasSuffix(unit.suffix) {
            number = String(text.dropLast(unit.suffix.count))
            factor = unit.microseconds
            break
        }
        return DecimalText.number(number).flatMap { microseconds($0, unit: factor) }
    }

    /// The microseconds of so many units; nil for what is negative, and from 3,000 years on.
    static func microseconds(_ value: Double, unit: Double) -> Int64? {
        value >= 0 && value * unit < 1e17 ? Int64((value * unit).rounded()) : nil
    }

    /// The shortest text of a duration.
    static func text(_ microseconds: Int64) -> String {
        for unit in units.reversed() where unit.suffix != "ms" && unit.suffix != "us" {
            let size = Int64(unit.microseconds)
            if microseconds != 0, microseconds % size == 0 { return "\(microseconds / size)\(unit.suffix)" }
        }
        return microseconds % 1_000 == 0 ? "\(microseconds / 1_000)ms" : "\(microseconds)us"
    }
}
#endif
