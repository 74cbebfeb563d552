import FieldExtraction
import FilterLanguage

/// Random schemas over few fields, events that conform to them by a reading of the rules of its own, and filters and
/// patterns over the same fields.
struct SchemaSource {
    private var state: UInt64
    private var declared: [String: EventSchema.Field] = [:]
    private var isClosed = true

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return bound < 2 ? 0 : Int((state >> 33) % UInt64(bound))
    }

    private mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

    // MARK: Schemas

    /// A new schema; the events that follow conform to it.
    mutating func schema() -> EventSchema {
        declared = [:]
        isClosed = below(3) > 0
        for name in ["a", "b", "e", "tags"] where below(5) > 0 { declared[name] = field(isObjectAllowed: true) }
        if below(4) > 0 { declared["c.d"] = field(isObjectAllowed: true) }
        if below(4) == 0 {
            var field = field(isObjectAllowed: true)
            if declared["c.d"] != nil { field.kinds.insert(.object) }
            declared["c"] = field
        }
        var schema = EventSchema(isClosed: isClosed)
        for name in declared.keys.sorted() { schema[FieldPath(name)] = declared[name] }
        return schema
    }

    private mutating func field(isObjectAllowed: Bool) -> EventSchema.Field {
        let kinds: [FieldKinds] = [.number, .text, .boolean, .null, .array, .object, .number, .text]
        var result = kinds[below(kinds.count)]
        if below(4) == 0 { result.formUnion(kinds[below(kinds.count)]) }
        if below(4) == 0 { return EventSchema.Field(result.union(.null), mayBeAbsent: true) }
        return EventSchema.Field(result, mayBeAbsent: below(5) == 0)
    }

    // MARK: Events

    /// An event that conforms to the latest schema.
    mutating func event() -> String {
        var members: [String] = []
        for name in ["a", "b", "e", "tags"] {
            if let field = declared[name] {
                if field.mayBeAbsent, below(3) == 0 { continue }
                members.append("\"\(name)\":\(value(field.kinds))")
            } else if isFree, below(2) == 0 {
                members.append("\"\(name)\":\(value(.any))")
            }
        }
        if let nested = nested() { members.append("\"c\":\(nested)") }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// Whether a field that is not named may occur.
    private var isFree: Bool { !isClosed || declared.isEmpty }

    /// The value of `c`, or nil where it is absent.
    private mutating func nested() -> String? {
        let inner = declared["c.d"]
        var kinds: FieldKinds
        if let outer = declared["c"] {
            if outer.mayBeAbsent, below(3) == 0 { return nil }
            kinds = outer.kinds
        } else if let inner {
            if inner.mayBeAbsent {
                if below(3) == 0 { return nil }
                kinds = isClosed ? [.object, .null] : .any
            } else {
                kinds = .object
            }
        } else {
            return isFree && below(2) == 0 ? value(.any) : nil
        }
        guard let inner, kinds.contains(.object), kinds == .object || below(2) == 0 else {
            if inner != nil { kinds.remove(.object) }
            return value(kinds)
        }
        var members: [String] = []
        if !(inner.mayBeAbsent && below(3) == 0) { members.append("\"d\":\(value(inner.kinds))") }
        if !isClosed, below(2) == 0 { members.append("\"x\":\(value(.any))") }
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func value(_ kinds: FieldKinds, depth: Int = 2) -> String {
        let all: [FieldKinds] = [.number, .text, .boolean, .null, .array, .object]
        let allowed = all.filter { kinds.contains($0) && (depth > 0 || !($0 == .array || $0 == .object)) }
        guard !allowed.isEmpty else { return "null" }
        switch allowed[below(allowed.count)] {
        case .number: return pick(Self.numbers + ["1e400", "2.0"])
        case .text: return "\"" + pick(Self.texts) + "\""
        case .boolean: return pick(["true", "false"])
        case .array:
            return "[" + (0..<below(4)).map { _ in value(.any, depth: depth - 1) }.joined(separator: ",") + "]"
        case .object: return "{\"d\":\(value(.any, depth: depth - 1)),\"x\":\(value(.any, depth: 0))}"
        default: return "null"
        }
    }

    // MARK: Filters

    private static let texts = ["x", "y", "xy", "", "1", "true", "2026-01-01T00:00:00Z", "1h", "\\u0078"]
    private static let numbers = [
        "0", "1", "-1", "2.5", "2", "3", "9007199254740992", "9007199254740993", "1e300", "-7.25", "-0.0",
    ]
    private static let fields = ["event.a", "event.b", "event.c.d", "event.e", "event.tags", "event.c", "event.c.x"]

    private mutating func text() -> String { "\"" + pick(Self.texts) + "\"" }
    private mutating func comparison() -> String { pick(["==", "==", "!=", "<", "<=", ">", ">="]) }

    private mutating func constant() -> String {
        switch below(7) {
        case 0, 1, 2: pick(Self.numbers)
        case 3: pick(["true", "false", "null", "1u", "[1]"])
        default: text()
        }
    }

    private mutating func operand(_ field: String) -> String {
        switch below(18) {
        case 0: "string(\(field))"
        case 1: "int(\(field))"
        case 2: "double(\(field))"
        case 3: "(\(field) + \(pick(["1", "1.5", "\"x\"", "[1]"])))"
        case 4: "-\(field)"
        case 5: "type(\(field))"
        case 6: "event.?\(field.dropFirst(6)).orValue(\(constant()))"
        case 7: "(\(pick(Self.fields)) == \(constant()) ? \(field) : \(constant()))"
        case 8: "\(field).map(x, x)"
        case 9: "\(field)[0]"
        case 10: "dyn(\(constant()))"
        case 11: "\(field).x"
        case 12: "(\(field) * 2)"
        case 13: "math.greatest(\(field), 2)"
        case 14: "\(field).upperAscii()"
        case 15: "meta.key"
        default: field
        }
    }

    /// One test of a field, of any form.
    mutating func test() -> String {
        let field = pick(Self.fields)
        switch below(20) {
        case 0, 1, 2, 3: return "\(field) \(comparison()) \(constant())"
        case 4: return "\(constant()) \(comparison()) dyn(\(field))"
        case 5: return "\(field) \(comparison()) \(pick(Self.fields))"
        case 6: return "\(field) > \(pick(Self.numbers)) && \(field) <= \(pick(Self.numbers))"
        case 7: return "\(field).\(pick(["startsWith", "endsWith", "contains", "matches"]))(\"\(pick(["x", "1"]))\")"
        case 8: return "\(field) in [\((0..<below(4)).map { _ in constant() }.joined(separator: ", "))]"
        case 9: return "\(text()) in \(field)"
        case 10: return "has(\(field))"
        case 11: return field
        case 12: return "size(\(field)) \(comparison()) \(below(3))"
        case 13:
            return "type(\(field)) \(pick(["==", "!="])) \(pick(["int", "double", "string", "list", "bool", "map"]))"
        case 14:
            let macro = pick(["exists", "all", "exists_one"])
            return "\(field).\(macro)(x, x \(pick(["==", "!=", "<"])) dyn(\(constant())) || \(pick(Self.fields)) == x)"
        case 15: return "cel.bind(x, \(operand(field)), x \(comparison()) dyn(\(constant())))"
        case 16: return "timestamp(\(field)) > timestamp(\"2025-01-01T00:00:00Z\")"
        case 17: return "(\(field) == \(constant())) == dyn(\(pick(["true", "false", "1"])))"
        default: return "dyn(\(operand(field))) \(comparison()) dyn(\(constant()))"
        }
    }

    /// A filter with the given depth of logic.
    mutating func filter(depth: Int = 3) -> String {
        if depth == 0 || below(4) == 0 { return test() }
        switch below(7) {
        case 0: return "!(\(filter(depth: depth - 1)))"
        case 1, 2: return (0...(1 + below(2))).map { _ in "(\(filter(depth: depth - 1)))" }.joined(separator: " || ")
        case 3: return "(\(test()) ? \(filter(depth: depth - 1)) : \(filter(depth: depth - 1)))"
        default: return (0...(1 + below(2))).map { _ in "(\(filter(depth: depth - 1)))" }.joined(separator: " && ")
        }
    }

    // MARK: Patterns

    private mutating func matcher() -> String {
        switch below(9) {
        case 0: "{\"prefix\":\"x\"}"
        case 1: "{\"exists\":\(pick(["true", "false"]))}"
        case 2: "{\"numeric\":[\">\",\(below(3))]}"
        case 3: "{\"anything-but\":[\(text()),1]}"
        case 4: "{\"anything-but\":{\"suffix\":\"y\"}}"
        case 5: pick(["true", "null"])
        case 6: "\(below(3))"
        default: text()
        }
    }

    /// An event pattern.
    mutating func pattern(depth: Int = 2) -> String {
        if depth > 1, below(4) == 0 { return "{\"$or\":[\(pattern(depth: depth - 1)),\(pattern(depth: depth - 1))]}" }
        var members: [String] = []
        for name in ["a", "b", "e", "tags"] where below(4) == 0 {
            members.append("\"\(name)\":[\((0...below(2)).map { _ in matcher() }.joined(separator: ","))]")
        }
        if below(3) == 0 || members.isEmpty {
            members.append(
                "\"c\":\(below(4) == 0 ? "[\(matcher())]" : "{\"\(pick(["d", "d", "x"]))\":[\(matcher())]}")")
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}
