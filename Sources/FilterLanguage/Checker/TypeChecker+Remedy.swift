internal import FieldExtraction

extension TypeChecker {
    /// What to write instead of comparing a field with something of another kind.
    static func remedy(
        _ path: FieldPath, _ values: PossibleValues, _ comparison: Comparison, _ other: PossibleValues
    ) -> String {
        let kinds = values.kinds
        guard let constant = other.constant else {
            if !kinds.isDisjoint(with: .numbers), other.kinds == .text { return "write double(…) around the text" }
            if kinds.contains(.text), !other.kinds.isDisjoint(with: .numbers) { return "write double(\(path))" }
            return "compare it with \(kinds.phrase)"
        }
        switch constant {
        case .string(let text):
            if !kinds.isDisjoint(with: .numbers), Double(text)?.isFinite == true {
                return "write \(text) without quotes"
            }
            if kinds.isSubset(of: .bool), text == "true" || text == "false" { return "write \(text) without quotes" }
            if kinds == .timestamp { return "write timestamp('2026-01-31T12:00:00Z')" }
            if kinds.contains(.number), !comparison.isOrdering { return "compare it with a number" }
        case .int, .uint, .double:
            if kinds.contains(.text) {
                return comparison.isOrdering
                    ? "write double(\(path))" : "write \(TypeChecker.text(of: .string(plain(constant))))"
            }
            if kinds.isSubset(of: .bool) { return "compare it with true or false" }
        case .bool(let value): if kinds.contains(.text) { return "write '\(value)' in quotes" }
        case .timestamp: if !kinds.isDisjoint(with: [.text, .number]) { return "write timestamp(\(path))" }
        case .duration: if kinds.contains(.text) { return "write duration(\(path))" }
        case .null: return "write has(\(path)) to test whether it is there"
        default: break
        }
        if kinds == .list, !comparison.isOrdering { return "write \(text(of: constant)) in \(path)" }
        if kinds == .list { return "test its elements with \(path).exists(x, …)" }
        if kinds == .map { return "name a field in it" }
        return "compare it with \(kinds.phrase)"
    }

    /// A constant as it is written in a filter, shortened.
    static func text(of constant: Value) -> String {
        switch constant {
        case .string(let text): "'" + (text.count > 40 ? text.prefix(39) + "…" : text[...]) + "'"
        case .null: "null"
        case .uint: plain(constant) + "u"
        case .bytes, .list, .map, .optional: "this"
        case .timestamp, .duration: "\(constant.type == .timestamp ? "timestamp" : "duration")('\(plain(constant))')"
        default: plain(constant)
        }
    }

    private static func plain(_ constant: Value) -> String {
        do throws(Failure) { return try Conversion.string(constant) } catch { return "this" }
    }
}

extension PossibleValues.Kinds {
    /// The kinds as a sentence names them: `a number or null`.
    var phrase: String {
        if self == .all { return "a value" }
        let phrases: [(PossibleValues.Kinds, String)] = [
            (.numbers, "a number"), (.text, "a text"), (.bool, "a boolean"), (.list, "an array"), (.map, "an object"),
            (.bytes, "bytes"), (.timestamp, "a timestamp"), (.duration, "a duration"), (.type, "a type"),
            (.optional, "an optional"), (.null, "null"),
        ]
        let found = phrases.filter { !isDisjoint(with: $0.0) }.map(\.1)
        guard let last = found.last, found.count > 1 else { return found.first ?? "missing" }
        return found.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension Comparison {
    /// That a comparison never holds, as the middle of a sentence.
    var neverPhrase: String {
        switch self {
        case .equal: "never equals"
        case .notEqual: "never differs from"
        case .less: "is never less than"
        case .atMost: "is never at most"
        case .greater: "is never greater than"
        default: "is never at least"
        }
    }
}
