internal import FieldExtraction

extension EventPatternReader {
    /// The names of the matchers that are objects.
    private static let names = [
        "prefix", "suffix", "equals-ignore-case", "wildcard", "numeric", "exists", "anything-but",
    ]

    /// Reads one entry of the list under a field.
    func matcher(_ value: JSONValue) throws(FilterError) -> PatternMatcher {
        if let scalar = EventPatternReader.scalar(value) { return .value(scalar) }
        guard case .object(let members) = value else {
            throw error(.syntax, "a list within the list; write its values directly, one of them suffices")
        }
        guard members.count == 1, let member = members.first else {
            throw error(
                .syntax,
                "each object names one matcher, not \(members.count), such as {\"prefix\": \"a\"}; "
                    + "entries of the list are alternatives")
        }
        switch member.key {
        case "numeric": return .numeric(try bounds(member.value))
        case "exists":
            guard case .bool(let exists) = member.value else {
                throw error(.syntax, "\"exists\" takes true or false, not \(EventPatternReader.text(member.value))")
            }
            return .exists(exists)
        case "anything-but": return try anythingBut(member.value)
        case "cidr":
            throw error(.unsupported, "\"cidr\" is left out; use {\"prefix\": \"10.0.\"} or {\"wildcard\": \"10.*\"}")
        default:
            guard let test = try textTest(member) else { throw unknown(member.key) }
            return .text(test)
        }
    }

    private func unknown(_ name: String) -> FilterError {
        let known = "the matchers are " + EventPatternReader.names.joined(separator: ", ")
        let nearest = Spelling.nearest(to: name, among: EventPatternReader.names)
        return error(
            .unknownFunction, "no such matcher \"\(name)\"; " + (nearest.map { "did you mean \"\($0)\"?" } ?? known))
    }

    /// The value of a scalar, or nil.
    static func scalar(_ value: JSONValue) -> Value? {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .int(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .array, .object: nil
        }
    }

    /// Reads a matcher of text; nil if it is none.
    private func textTest(_ member: JSONValue.Member) throws(FilterError) -> PatternMatcher.TextTest? {
        switch (member.key, member.value) {
        case ("prefix", .string(let text)): return .prefix(try checked(text))
        case ("suffix", .string(let text)): return .suffix(try checked(text))
        case ("prefix", .object(let members)): return try ignoringCase(members, at: .start, of: member.key)
        case ("suffix", .object(let members)): return try ignoringCase(members, at: .end, of: member.key)
        case ("equals-ignore-case", .string(let text)):
            return .expression(WildcardText.ignoringCase(try checked(text), at: .whole))
        case ("wildcard", .string(let text)): return .expression(try wildcard(try checked(text)))
        case ("prefix", _), ("suffix", _), ("equals-ignore-case", _), ("wildcard", _):
            throw error(
                .typeMismatch, "\"\(member.key)\" takes text, not \(EventPatternReader.text(member.value))")
        default: return nil
        }
    }

    private func ignoringCase(
        _ members: [JSONValue.Member], at place: WildcardText.Place, of name: String
    ) throws(FilterError) -> PatternMatcher.TextTest {
        guard members.count == 1, members[0].key == "equals-ignore-case", case .string(let text) = members[0].value
        else {
            throw error(
                .syntax, "\"\(name)\" takes text or {\"equals-ignore-case\": \"text\"}, and nothing else")
        }
        return .expression(WildcardText.ignoringCase(try checked(text), at: place))
    }

    /// The text, if it is no longer than an expression may be.
    private func checked(_ text: String) throws(FilterError) -> String {
        guard text.utf8.count <= limits.patternBytes else {
            throw error(
                .limitExceeded,
                "the text has \(text.utf8.count) bytes, more than the limit 'patternBytes' of \(limits.patternBytes); "
                    + "match a shorter part of it")
        }
        return text
    }

    private func wildcard(_ text: String) throws(FilterError) -> String {
        do throws(WildcardText.Fault) {
            return try WildcardText.expression(text)
        } catch {
            switch error {
            case .doubledAsterisk:
                throw self.error(.syntax, "two asterisks follow one another in \"wildcard\"; one stands for any text")
            case .strayBackslash:
                throw self.error(.syntax, "a backslash in \"wildcard\" stands before * or \\ only; write \\\\ for one")
            }
        }
    }

    private func anythingBut(_ value: JSONValue) throws(FilterError) -> PatternMatcher {
        if let scalar = EventPatternReader.scalar(value) { return .anythingBut([scalar]) }
        switch value {
        case .array(let entries):
            var scalars: [Value] = []
            for entry in entries {
                guard let scalar = EventPatternReader.scalar(entry) else {
                    throw error(.syntax, "the list of \"anything-but\" holds text, numbers, true, false and null only")
                }
                scalars.append(scalar)
            }
            guard !scalars.isEmpty else {
                throw error(.syntax, "\"anything-but\" excludes nothing; write {\"exists\": true}")
            }
            return .anythingBut(scalars)
        case .object(let members):
            guard members.count == 1, let member = members.first else {
                throw error(.syntax, "\"anything-but\" takes one matcher, such as {\"prefix\": \"a\"}")
            }
            return .anythingButText(try excluded(member))
        default: throw error(.syntax, "\"anything-but\" takes a value, a list of values or a matcher")
        }
    }

    /// Reads the matcher that `anything-but` excludes, with text or a list of texts.
    private func excluded(_ member: JSONValue.Member) throws(FilterError) -> [PatternMatcher.TextTest] {
        var values = [member.value]
        if case .array(let entries) = member.value {
            guard !entries.isEmpty else { throw error(.syntax, "the list of \"\(member.key)\" is empty") }
            values = entries
        }
        var tests: [PatternMatcher.TextTest] = []
        for value in values {
            guard let test = try textTest(.init(key: member.key, value: value)) else {
                guard EventPatternReader.names.contains(member.key) else { throw unknown(member.key) }
                throw error(
                    .unsupported,
                    "\"anything-but\" excludes values, prefix, suffix, equals-ignore-case and wildcard, "
                        + "not \"\(member.key)\"")
            }
            tests.append(test)
        }
        return tests
    }

    private func bounds(_ value: JSONValue) throws(FilterError) -> [(comparison: Comparison, bound: Value)] {
        let usage = "\"numeric\" takes a comparison and a number, or a lower and an upper bound: [\">\", 0, \"<=\", 5]"
        guard case .array(let entries) = value, entries.count == 2 || entries.count == 4 else {
            throw error(.syntax, usage)
        }
        var bounds: [(comparison: Comparison, bound: Value)] = []
        for place in stride(from: 0, to: entries.count, by: 2) {
            guard case .string(let symbol) = entries[place], let bound = EventPatternReader.scalar(entries[place + 1]),
                bound.asDouble != nil
            else { throw error(.syntax, usage) }
            bounds.append((try comparison(symbol), bound))
        }
        guard bounds.count == 2 else { return bounds }
        guard bounds[0].comparison.contains(.greater), [.less, .atMost].contains(bounds[1].comparison) else {
            throw error(.syntax, usage)
        }
        guard bounds[0].bound.compared(to: bounds[1].bound) == .less else {
            throw error(.syntax, "no number lies in \(EventPatternReader.text(value)); write the lower bound first")
        }
        return bounds
    }

    private func comparison(_ symbol: String) throws(FilterError) -> Comparison {
        switch symbol {
        case "=": return .equal
        case "<": return .less
        case "<=": return .atMost
        case ">": return .greater
        case ">=": return .atLeast
        default: throw error(.syntax, "no such comparison \"\(symbol)\"; \"numeric\" knows =, <, <=, > and >=")
        }
    }
}
