internal import FieldExtraction

/// Finds out whether some event that conforms to a schema can match an event pattern, field by field. In an array
/// anything may stand. Cost: linear in the pattern, with a look-up in the schema for each field.
struct PatternChecker {
    let schema: EventSchema
    var hints: [FilterFinding] = []

    static func findings(_ source: String, schema: EventSchema) throws(FilterError) -> [FilterFinding] {
        let pattern = try EventPatternReader.read(source, limits: .none)
        var checker = PatternChecker(schema: schema)
        if var finding = checker.problem(pattern.root, []) {
            finding.severity = .neverMatches
            return [finding]
        }
        return checker.hints
    }

    /// Why no event meets a condition on the object at a path; nil if one may.
    private mutating func problem(_ condition: EventPattern.Condition, _ keys: [String]) -> FilterFinding? {
        switch condition {
        case .all(let conditions):
            for condition in conditions {
                if let problem = problem(condition, keys) { return problem }
            }
            return nil
        case .any(let conditions):
            var problems: [FilterFinding] = []
            let firstHint = hints.count
            for condition in conditions {
                let mark = hints.count
                guard let problem = problem(condition, keys) else { continue }
                hints.removeLast(hints.count - mark)
                problems.append(problem)
            }
            return settle(problems, of: conditions.count, firstHint)
        case .nested(let key, let inner):
            let path = FieldPath(root: .event, keys + [key])
            if schema.field(at: path).kinds.contains(.array) { return nil }
            return problem(inner, path.keys)
        case .field(let key, let matchers):
            let path = FieldPath(root: .event, keys + [key])
            let field = schema.field(at: path)
            var problems: [FilterFinding] = []
            for matcher in matchers where !PatternChecker.canHold(matcher, field) {
                problems.append(finding(matcher, path, field))
            }
            return settle(problems, of: matchers.count, hints.count)
        }
    }

    /// The first problem if all alternatives have one; otherwise all of them are hints.
    private mutating func settle(_ problems: [FilterFinding], of count: Int, _ firstHint: Int) -> FilterFinding? {
        guard problems.count == count else {
            hints += problems
            return nil
        }
        hints.removeLast(hints.count - firstHint)
        return problems.first
    }

    private static func canHold(_ matcher: PatternMatcher, _ field: EventSchema.Field) -> Bool {
        if case .exists(let exists) = matcher { return exists ? !field.kinds.isEmpty : field.mayBeAbsent }
        return !field.kinds.isDisjoint(with: wanted(matcher).union(.array))
    }

    /// The kinds that a matcher may hold for.
    private static func wanted(_ matcher: PatternMatcher) -> FieldKinds {
        switch matcher {
        case .value(.null): .null
        case .value(.bool): .boolean
        case .value(.string), .text: .text
        case .value, .numeric: .number
        case .exists: .any
        case .anythingBut, .anythingButText: [.text, .number, .boolean, .null]
        }
    }

    private func finding(
        _ matcher: PatternMatcher, _ path: FieldPath, _ field: EventSchema.Field
    ) -> FilterFinding {
        let kinds = PossibleValues(of: field.kinds).kinds
        var message: String
        if field.kinds.isEmpty {
            let siblings = schema.names(below: path.keys.dropLast())
            let nearest = path.keys.last.flatMap { Spelling.nearest(to: $0, among: siblings) }
            message = "no event has this field; "
            message +=
                nearest.flatMap { siblings.contains($0) && $0 != path.keys.last ? "did you mean '\($0)'?" : nil }
                ?? "correct the name or the schema"
        } else if case .exists = matcher {
            message = "every event has this field, so it is never missing; drop the condition"
        } else {
            let wanted = PossibleValues(of: PatternChecker.wanted(matcher)).kinds
            message = "this is \(kinds.phrase), so it never matches \(wanted.phrase); "
            if case .value(let constant) = matcher {
                message += TypeChecker.patternRemedy(field.kinds, constant)
            } else {
                message += field.kinds == .object ? "name a field in it" : "use a matcher for \(kinds.phrase)"
            }
        }
        return FilterFinding(
            severity: .partNeverHolds, message: message, line: 1, column: 1, field: path, isOfPattern: true)
    }
}

extension TypeChecker {
    /// What to write in a pattern instead of a value of another kind.
    static func patternRemedy(_ kinds: FieldKinds, _ constant: Value) -> String {
        switch constant {
        case .string(let text) where kinds.contains(.number) && Double(text)?.isFinite == true:
            return "write \(text) without quotes"
        case .string(let text) where kinds.contains(.boolean) && (text == "true" || text == "false"):
            return "write \(text) without quotes"
        case .int, .double, .bool:
            if kinds.contains(.text) { return "write \"\(text(of: constant))\" in quotes" }
        default: break
        }
        return kinds == .object ? "name a field in it" : "name \(PossibleValues(of: kinds).kinds.phrase)"
    }
}
