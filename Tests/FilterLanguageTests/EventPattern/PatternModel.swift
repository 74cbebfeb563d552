import FieldExtraction

/// The meaning of event patterns written down once more, as a walk over the JSON of pattern and event; slow and plain.
///
/// For patterns that compile: their shape is taken for granted.
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
            if case .array(let elements)? = field, levels > 0, !elements.isEmpty {
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
            if case .array(let elements) = value { return levels > 0 && elements.contains { test(matcher, $0) } }
            return test(matcher, value)
        }
    }

    private static func test(_ matcher: JSONValue, _ value: JSONValue) -> Bool {
        switch value {
        case .array, .object: return false
        default: break
        }
        guard case .object(let members) = matcher else { return equal(matcher, value) }
        switch (members[0].key, members[0].value) {
        case ("anything-but", .array(let excluded)): return !excluded.contains { equal($0, value) }
        case ("anything-but", .object(let inner)):
            guard case .array(let operands) = inner[0].value else { return !text(inner[0], value) }
            return !operands.contains { text(.init(key: inner[0].key, value: $0), value) }
        case ("anything-but", let excluded): return !equal(excluded, value)
        case ("numeric", .array(let bounds)):
            return stride(from: 0, to: bounds.count, by: 2).allSatisfy { place in
                guard case .string(let comparison) = bounds[place], let order = order(value, bounds[place + 1])
                else { return false }
                return switch comparison {
                case "=": order == 0
                case "<": order < 0
                case "<=": order <= 0
                case ">": order > 0
                default: order >= 0
                }
            }
        default: return text(members[0], value)
        }
    }

    private static func text(_ matcher: JSONValue.Member, _ value: JSONValue) -> Bool {
        guard case .string(let string) = value else { return false }
        let text = Array(string.utf8)
        switch (matcher.key, matcher.value) {
        case ("prefix", .string(let part)): return text.starts(with: part.utf8)
        case ("suffix", .string(let part)): return text.reversed().starts(with: part.utf8.reversed())
        case ("prefix", .object(let inner)):
            return folded(text).starts(with: folded(operand(inner)))
        case ("suffix", .object(let inner)):
            return folded(text).reversed().starts(with: folded(operand(inner)).reversed())
        case ("wildcard", .string(let part)): return wildcard(Array(part.utf8)[...], text[...])
        default: return folded(text) == folded(operand([matcher]))
        }
    }

    private static func operand(_ members: [JSONValue.Member]) -> [UInt8] {
        if case .string(let text) = members[0].value { Array(text.utf8) } else { [] }
    }

    private static func folded(_ text: [UInt8]) -> [UInt8] {
        text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func wildcard(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == UInt8(ascii: "*") {
            return (text.startIndex...text.endIndex).contains { wildcard(rest, text[$0...]) }
        }
        if first == UInt8(ascii: "\\"), let escaped = rest.first {
            return text.first == escaped && wildcard(rest.dropFirst(), text.dropFirst())
        }
        return text.first == first && wildcard(rest, text.dropFirst())
    }

    private static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let order = order(left, right) { return order == 0 }
        if case (.string(let left), .string(let right)) = (left, right) { return left.utf8.elementsEqual(right.utf8) }
        return left == right
    }

    /// How two numbers stand to each other, a whole one against a fraction as doubles; nil if one is none.
    private static func order(_ left: JSONValue, _ right: JSONValue) -> Int? {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.double(let left), .double(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.integer(let left), .double(let right)): return order(.double(Double(left)), .double(right))
        case (.double(let left), .integer(let right)): return order(.double(left), .double(Double(right)))
        default: return nil
        }
    }
}
