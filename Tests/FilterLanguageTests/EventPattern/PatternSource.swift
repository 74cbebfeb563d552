import FieldExtraction

/// Random patterns and events over few names and values, so that they often meet.
struct PatternSource {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number from 0 up to `bound`, without it.
    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return bound < 2 ? 0 : Int((state >> 33) % UInt64(bound))
    }

    private mutating func key() -> String { ["a", "b", "c"][below(3)] }

    private mutating func text() -> String { ["x", "y", "xy", "X", "", "é\"x"][below(6)] }

    private mutating func scalar() -> JSONValue {
        switch below(9) {
        case 0: .null
        case 1: .bool(below(2) == 0)
        case 2, 3: .integer(Int64(below(3)))
        case 4: .double(Double(below(4)) / 2)
        default: .string(text())
        }
    }

    mutating func event() -> JSONValue { object(depth: 3) }

    private mutating func object(depth: Int) -> JSONValue {
        var members: [JSONValue.Member] = []
        for key in ["a", "b", "c"] where below(3) > 0 {
            members.append(.init(key: key, value: value(depth: depth - 1)))
        }
        return .object(members)
    }

    private mutating func value(depth: Int) -> JSONValue {
        guard depth > 0 else { return scalar() }
        switch below(6) {
        case 0, 1: return object(depth: depth)
        case 2, 3:
            var elements: [JSONValue] = []
            for _ in 0..<below(4) { elements.append(value(depth: depth - 1)) }
            return .array(elements)
        default: return scalar()
        }
    }

    mutating func pattern() -> JSONValue { pattern(depth: 3) }

    private mutating func pattern(depth: Int) -> JSONValue {
        if depth > 1, below(6) == 0 {
            return .object([.init(key: "$or", value: .array([pattern(depth: depth - 1), pattern(depth: depth - 1)]))])
        }
        var members: [JSONValue.Member] = []
        for key in ["a", "b", "c"] where below(3) == 0 || (key == "c" && members.isEmpty) {
            let isNested = depth > 1 && below(3) == 0
            members.append(.init(key: key, value: isNested ? pattern(depth: depth - 1) : matchers()))
        }
        return .object(members)
    }

    private mutating func matchers() -> JSONValue {
        var entries: [JSONValue] = []
        for _ in 0...below(2) { entries.append(matcher()) }
        return .array(entries)
    }

    private mutating func named(_ name: String, _ value: JSONValue) -> JSONValue {
        .object([.init(key: name, value: value)])
    }

    private mutating func matcher() -> JSONValue {
        switch below(10) {
        case 0: return named("prefix", .string(text()))
        case 1: return named("suffix", .string(text()))
        case 2: return named("equals-ignore-case", .string(text()))
        case 3: return named("exists", .bool(below(2) == 0))
        case 4: return named("numeric", .array([.string("<="), .integer(Int64(below(3)))]))
        case 5: return named("anything-but", .array([scalar(), scalar()]))
        case 6: return named("anything-but", scalar())
        case 7: return named("anything-but", named("prefix", .string(text())))
        default: return scalar()
        }
    }
}
