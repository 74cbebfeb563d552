internal import FieldExtraction

/// The sentences: what the field is, why the condition never comes out as wanted, and what to do.
extension TypeChecker {
    /// Keeps a reason for a failure, unless there is one from further within.
    mutating func note(_ new: Problem) { if problem == nil { problem = new } }

    func generic(_ node: SyntaxTree.Reference) -> Problem {
        Problem(
            offset: tree[node].offset, message: "this never holds for the events of the schema; correct or drop it",
            field: nil)
    }

    /// What an operand is: `event.cpu is a number`.
    func subject(_ node: SyntaxTree.Reference, _ values: PossibleValues) -> String {
        guard let path = field(node) else {
            if let constant = values.constant { return TypeChecker.text(of: constant) + " is " + values.kinds.phrase }
            return "this is " + values.kinds.phrase
        }
        return "\(path) is \(values.kinds.phrase)"
    }

    /// Why a condition never comes out as wanted. Called once for a condition, after its outcomes are known.
    mutating func explanation(of node: SyntaxTree.Reference, _ wanted: Bool) -> Problem {
        if let problem = contradiction(node, wanted) { return problem }
        var problem = self.problem ?? generic(node)
        let isFailure = self.problem != nil
        switch tree[node].kind {
        case .literal(.bool):
            problem.message = "this is never \(wanted); write a condition on a field, or 'true' to match all"
        case .compare(let comparison, let left, let right) where !isFailure:
            return compared(comparison, left, right, wanted, node)
        case .isIn(let element, let list) where !isFailure:
            guard let path = field(element), case .list(let elements, _) = tree[list].kind, wanted else { break }
            let values = value(element)
            var constants = PossibleValues.none
            for element in elements { constants = constants.union(value(element)) }
            problem.field = path
            guard !constants.isEmpty else {
                problem.message = "the list is empty, so \(path) is never in it; name its values"
                break
            }
            let remedy = elements.first.map { TypeChecker.remedy(path, values, .equal, value($0)) } ?? ""
            problem.message =
                "\(subject(element, values)), so it never equals \(constants.kinds.phrase) of the list; \(remedy)"
        case .has(let operand, let key) where !isFailure:
            guard let path = field(operand, key: key) else { break }
            if wanted { return absence(of: path, node, knowledge(of: path)) }
            problem.field = path
            problem.message = "\(path) is in every event, so it is never missing; drop the condition"
        case .select, .index:
            guard !isFailure, let path = field(node) else { break }
            problem.field = path
            problem.message = "\(subject(node, value(node))), so it is never \(wanted); compare it with something"
        default: break
        }
        return problem
    }

    /// Why a comparison of which both sides have values never comes out as wanted.
    private mutating func compared(
        _ comparison: Comparison, _ left: SyntaxTree.Reference, _ right: SyntaxTree.Reference, _ wanted: Bool,
        _ node: SyntaxTree.Reference
    ) -> Problem {
        // The field, or else what is no constant, comes first in the sentence.
        var (first, second) = (value(left), value(right))
        var (one, other, comparison) = (left, right, comparison)
        if field(left) == nil, field(right) != nil || first.constant != nil {
            swap(&first, &second)
            swap(&one, &other)
            comparison = comparison.flipped
        }
        var verb = comparison.neverPhrase
        if !wanted {
            verb =
                comparison.isOrdering ? "has no order with" : (comparison == .equal ? "always equals" : "never equals")
        }
        let path = field(one)
        let remedy: String
        if Outcomes(.equal, first, second).canBeTrue {
            remedy = "correct the value or drop the condition"
        } else if let path {
            remedy = TypeChecker.remedy(path, first, comparison, second)
        } else {
            remedy = "convert one of them, such as with string(…) or double(…)"
        }
        let object = field(other).map { "\($0), \(second.kinds.phrase)" } ?? TypeChecker.object(second, first)
        return Problem(
            offset: tree[node].offset, message: "\(subject(one, first)), so it \(verb) \(object); \(remedy)",
            field: path ?? field(other))
    }

    /// The other side: by its kind, or where the kinds fit by its value.
    private static func object(_ values: PossibleValues, _ first: PossibleValues) -> String {
        let classes = PossibleValues.Kinds.comparable
        let fits = classes.contains { !first.kinds.isDisjoint(with: $0) && !values.kinds.isDisjoint(with: $0) }
        guard fits, let constant = values.constant else { return values.kinds.phrase }
        return text(of: constant)
    }

    /// The problem, if the condition could come out as wanted but for other conditions that must hold as well.
    private mutating func contradiction(_ node: SyntaxTree.Reference, _ wanted: Bool) -> Problem? {
        guard let (path, earlier) = narrowedField(in: node) else { return nil }
        let kept = (known, problem)
        known = [:]
        let isPossibleAlone = outcomes(node)[wanted]
        (known, problem) = kept
        guard isPossibleAlone else { return nil }
        let place = FilterError(.neverMatches, "", at: tree[earlier].offset, in: source)
        let column = place.line == 1 ? "column \(place.column)" : "line \(place.line), column \(place.column)"
        return Problem(
            offset: tree[node].offset,
            message:
                "this never holds together with what \(column) says of \(path); drop one of them, or join them with '||'",
            field: path)
    }

    /// The first field of a test of which another condition has told something.
    private mutating func narrowedField(in node: SyntaxTree.Reference) -> (FieldPath, SyntaxTree.Reference)? {
        var candidates = [node]
        switch tree[node].kind {
        case .compare(_, let left, let right), .isIn(let left, let right): candidates += [left, right]
        case .call(_, let target, let arguments): candidates += (target.map { [$0] } ?? []) + arguments
        case .has(let operand, let key):
            if let path = field(operand, key: key), let earlier = known[path]?.node { return (path, earlier) }
        default: break
        }
        for candidate in candidates {
            var candidate = candidate
            if case .call("type", nil, let arguments) = tree[candidate].kind, let only = arguments.first {
                candidate = only
            }
            if let path = field(candidate), let earlier = known[path]?.node { return (path, earlier) }
        }
        return nil
    }

    /// Why a field is in no event.
    func absence(of path: FieldPath, _ node: SyntaxTree.Reference, _ knowledge: Knowledge) -> Problem {
        var message = "\(path) is in no event; correct the name or the schema"
        for count in 1..<max(1, path.keys.count) {
            let parent = FieldPath(root: .event, Array(path.keys.prefix(count)))
            let kinds = PossibleValues(of: schema.field(at: parent).kinds).kinds
            if !kinds.isEmpty, !kinds.contains(.map) {
                message =
                    "\(parent) is \(kinds.phrase), so it has no field '\(path.keys[count])'; "
                    + "correct the name or the schema"
            }
        }
        let siblings = schema.names(below: Array(path.keys.dropLast()))
        if let last = path.keys.last, let nearest = Spelling.nearest(to: last, among: siblings), nearest != last {
            let parent = FieldPath(root: .event, path.keys.dropLast() + [nearest])
            message = "\(path) is in no event; did you mean \(parent)?"
        }
        return Problem(offset: tree[node].offset, message: message, field: path)
    }
}

extension EventSchema {
    /// The keys named directly below a path.
    func names(below keys: [String]) -> [String] {
        var node = root
        for key in keys {
            guard let child = node.children[key] else { return [] }
            node = child
        }
        return node.children.keys.sorted()
    }
}
