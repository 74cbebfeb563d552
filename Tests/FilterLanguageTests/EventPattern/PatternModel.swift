import FieldExtraction

/// The meaning of event patterns written down once more, as a walk over the JSON of pattern and event; slow and plain.
enum PatternModel {
    static func matches(_ pattern: JSONValue, _ event: JSONValue) -> Bool { holds(pattern, event, levels: 2) }

    /// Whether a pattern holds of a value that may be missing; of an array, if of one element.
    private static func holds(_ pattern: JSONValue, _ value: JSONValue?, levels: Int) -> Bool {
        guard case .object(let members) = pattern else { return false }
        return members.allSatisfy { member in
            if member.key == "$or", case .array(let alternatives) = member.value {
                return alternatives.contains { holds($0, value, levels: levels) }
            }
            let field = value?[member.key]
            if case .array(let matchers) = member.value { return leaf(matchers, field, levels: levels) }
            if case .array(let elements) = field, levels > 0, !elements.isEmpty {
                return elements.contains { holds(member.value, $0, levels: levels - 1) }
            }
            return holds(member.value, field, levels: levels)
        }
    }

    private static func leaf(_ matchers: [JSONValue], _ value: JSONValue?, levels: Int) -> Bool {
        matchers.contains { matcher in
            if case .object(let members) = matcher, members[0].key == "exists" {
                return (members[0].value == .bool(true)) == (value != nil)
            }
            guard let value else { return false }
            if case .array(let elements) = value {
                return levels > 0 && elements.contains { test(matcher, $0) }
            }
            return test(matcher, value)
        }
    }

    private static func test(_ matcher: JSONValue, _ value: JSONValue) -> Bool {
        switch value {
        case .array, .object: return false
        default: break
        }
        guard case .object(let members) = matcher else { return equal(matcher, value) }
        let operand = members[0].value
        switch (members[0].key, operand) {
        case ("anything-but", .array(let excluded)): return !excluded.contains { equal($0, value) }
        case ("anything-but", .object): return !test(operand, value)
        case ("anything-but", _): return !equal(operand, value)
        case ("numeric", .array(let bounds)):
            guard let number = Self.number(value), let bound = Self.number(bounds[1]) else { return false }
            return number <= bound
        default: break
        }
        guard case .string(let text) = value, case .string(let part) = operand else { return false }
        switch members[0].key {
        case "prefix": return text.utf8.starts(with: part.utf8)
        case "suffix": return text.utf8.reversed().starts(with: part.utf8.reversed())
        default: return text.lowercased() == part.lowercased()
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    private static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let left = number(left), let right = number(right) { return left == right }
        return left == right
    }
}
