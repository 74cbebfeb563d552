import FieldExtraction

/// Random filters and events over the same few fields and values, so that they often meet, with all that is awkward: escapes,
/// missing fields, wrong types, numbers at the limits, nesting, negation, failures.
struct RandomFilters {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

    private static let fields = ["event.a", "event.b", "event.c.d", "event.e", "event.tags"]
    private static let texts = [
        "x", "y", "prefix-1", "prefix-2", "prefix-17", "a\\\"b", "é", "", "longer than sixteen bytes",
    ]
    private static let numbers = [
        "0", "1", "-1", "2.5", "-0.0", "9007199254740991", "9007199254740992", "9007199254740993", "1e300", "100", "3",
        "-7.25", "2",
    ]

    private mutating func constant() -> String {
        switch below(6) {
        case 0, 1: pick(Self.numbers)
        case 2: pick(["true", "false", "null"])
        default: "\"" + pick(Self.texts) + "\""
        }
    }

    private mutating func test() -> String {
        let field = pick(Self.fields)
        switch below(15) {
        case 0, 1, 2: return "\(field) == \(constant())"
        case 3: return "\(field) != \(constant())"
        case 4: return "\(field) \(pick(["<", "<=", ">", ">="])) \(pick(Self.numbers))"
        case 5: return "\(field) >= \(pick(Self.numbers)) && \(field) < \(pick(Self.numbers))"
        case 6: return "\(field).startsWith(\"\(pick(Self.texts))\")"
        case 7: return "\(field) in [\((0...below(4)).map { _ in constant() }.joined(separator: ", "))]"
        case 8: return "\"\(pick(Self.texts))\" in \(field)"
        case 9: return "has(\(field))"
        case 10: return "\(field).\(pick(["endsWith", "contains", "matches"]))(\"\(pick(["x", "1", "fix"]))\")"
        case 11: return field
        case 13:
            let walk = "\(field).exists(x, x == \(constant()))"
            let type = pick(["list", "map", "string", "bool", "null_type", "int"])
            return "(\(field) == \(constant()) || type(\(field)) \(pick(["==", "!="])) \(type) && \(walk))"
        case 12: return "size(\(field)) > \(below(4))"
        default: return "(\(field) == \(constant()) ? \(field) == \(constant()) : has(\(pick(Self.fields))))"
        }
    }

    /// A filter with the given depth of logic.
    mutating func filter(depth: Int = 3) -> String {
        if depth == 0 || below(4) == 0 { return test() }
        switch below(6) {
        case 0: return "!(\(filter(depth: depth - 1)))"
        case 1, 2: return (0...(1 + below(2))).map { _ in "(\(filter(depth: depth - 1)))" }.joined(separator: " || ")
        default: return (0...(1 + below(2))).map { _ in "(\(filter(depth: depth - 1)))" }.joined(separator: " && ")
        }
    }

    /// An event pattern over the same fields and values.
    mutating func pattern() -> String {
        var members: [String] = []
        for key in ["a", "b", "e", "tags"] where below(3) == 0 { members.append("\"\(key)\":\(matchers())") }
        if members.isEmpty || below(2) == 0 { members.append("\"c\":{\"d\":\(matchers())}") }
        let whole = "{" + members.joined(separator: ",") + "}"
        return below(5) == 0 ? "{\"$or\":[\(whole),{\"a\":\(matchers())}]}" : whole
    }

    private mutating func matchers() -> String {
        "[" + (0...below(3)).map { _ in matcher() }.joined(separator: ",") + "]"
    }

    private mutating func matcher() -> String {
        switch below(8) {
        case 0: "{\"prefix\":\"\(pick(Self.texts))\"}"
        case 1: "{\"exists\":\(pick(["true", "false"]))}"
        case 2: "{\"anything-but\":[\(constant())]}"
        case 3: "{\"numeric\":[\">=\",\(pick(Self.numbers))]}"
        default: constant()
        }
    }

    private mutating func value(depth: Int = 2) -> String {
        switch below(depth > 0 ? 10 : 7) {
        case 0, 1: return pick(Self.numbers + ["2.0", "1.0", "1e400", "-9223372036854775808", "18446744073709551615"])
        case 2: return pick(["true", "false", "null"])
        case 3, 4, 5: return "\"" + pick(Self.texts) + "\""
        case 6: return "\"" + pick(["\\u0078", "prefix\\u002d17", "\\u00e9", "line\\nline"]) + "\""
        case 7: return "{\"d\":\(value(depth: depth - 1)),\"x\":1}"
        default: return "[" + (0..<below(5)).map { _ in value(depth: depth - 1) }.joined(separator: ",") + "]"
        }
    }

    /// An event with some of the fields.
    mutating func event() -> String {
        var members: [String] = []
        for key in ["a", "b", "e", "tags"] where below(4) > 0 { members.append("\"\(key)\":\(value())") }
        if below(4) > 0 { members.append("\"c\":{\"d\":\(value())}") }
        return "{" + members.joined(separator: ",") + "}"
    }
}
