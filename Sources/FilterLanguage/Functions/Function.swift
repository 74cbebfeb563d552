/// The functions of the language; the operators are instructions of their own.
enum Function: UInt8, CaseIterable {
    case size, startsWith, endsWith, contains, matches
    case int, uint, double, string, bytes, bool, dyn, type, timestamp, duration
    case getFullYear, getMonth, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear
    case getHours, getMinutes, getSeconds, getMilliseconds
    case lowerAscii, upperAscii, trim, charAt, indexOf, lastIndexOf, join, split, substring, replace, reverse
    case quote, format
    case greatest, least, ceil, floor, round, trunc, abs, sign, isNaN, isInf, isFinite, sqrt
    case bitAnd, bitOr, bitXor, bitNot, bitShiftLeft, bitShiftRight
    case optionalOf, optionalNone, optionalOfNonZero, hasValue, value, or, orValue

    /// How a function is called: its name, and the arguments it takes, a receiver included.
    struct Signature {
        var name: String
        /// The number of arguments as `f(a, b)`; nil if it is not called so.
        var global: ClosedRange<Int>?
        /// The number of arguments as `a.f(b)`, the receiver counted; nil if it is not called so.
        var member: ClosedRange<Int>?
    }

    /// How the function is called.
    var signature: Signature {
        switch self {
        case .size: Signature(name: "size", global: 1...1, member: 1...1)
        case .startsWith: Signature(name: "startsWith", member: 2...2)
        case .endsWith: Signature(name: "endsWith", member: 2...2)
        case .contains: Signature(name: "contains", member: 2...2)
        case .matches: Signature(name: "matches", global: 2...2, member: 2...2)
        case .int, .uint, .double, .string, .bytes, .bool, .dyn, .type, .timestamp, .duration:
            Signature(name: "\(self)", global: 1...1)
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes,
            .getSeconds, .getMilliseconds:
            Signature(name: "\(self)", member: 1...2)
        case .lowerAscii, .upperAscii, .trim, .reverse: Signature(name: "\(self)", member: 1...1)
        case .charAt, .format: Signature(name: "\(self)", member: 2...2)
        case .indexOf, .lastIndexOf, .split, .substring: Signature(name: "\(self)", member: 2...3)
        case .join: Signature(name: "join", member: 1...2)
        case .replace: Signature(name: "replace", member: 3...4)
        case .quote: Signature(name: "strings.quote", global: 1...1)
        case .greatest, .least: Signature(name: "math.\(self)", global: 1...64)
        case .ceil, .floor, .round, .trunc, .abs, .sign, .isNaN, .isInf, .isFinite, .sqrt, .bitNot:
            Signature(name: "math.\(self)", global: 1...1)
        case .bitAnd, .bitOr, .bitXor, .bitShiftLeft, .bitShiftRight: Signature(name: "math.\(self)", global: 2...2)
        case .optionalOf: Signature(name: "optional.of", global: 1...1)
        case .optionalNone: Signature(name: "optional.none", global: 0...0)
        case .optionalOfNonZero: Signature(name: "optional.ofNonZeroValue", global: 1...1)
        case .hasValue, .value: Signature(name: "\(self)", member: 1...1)
        case .or, .orValue: Signature(name: "\(self)", member: 2...2)
        }
    }

    /// Whether the function reads a field of an instant.
    var isCalendarField: Bool {
        rawValue >= Function.getFullYear.rawValue && rawValue <= Function.getMilliseconds.rawValue
    }

    /// The macros, which are no functions but names that a person may misspell.
    static let macroNames = ["has", "all", "exists", "exists_one", "map", "filter"]

    private static let byName: [String: Function] = {
        var result: [String: Function] = [:]
        for function in allCases { result[function.signature.name] = function }
        return result
    }()

    /// The function of that name, or nil.
    static func named(_ name: String) -> Function? { byName[name] }

    /// The known name closest to a misspelt one, or nil if none is close.
    static func nearestName(to name: String) -> String? {
        Spelling.nearest(to: name, among: allCases.map(\.signature.name) + macroNames)
    }
}
