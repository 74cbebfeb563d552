internal import FieldExtraction

/// Finds out whether some event that conforms to a schema can match a filter, by walking its tree with the set of values
/// each expression may have.
///
/// ``assume(_:_:)`` asks whether a condition can come out as wanted, and narrows what is known of the fields that it tests,
/// so that `event.a > 5 && event.a < 3` is seen to contradict itself; ``outcomes(_:)`` and ``value(_:)`` only read what is
/// known. Whatever is not understood may be anything. Cost: linear in the tree, each look-up of a field in the schema once.
struct TypeChecker {
    /// Why a condition cannot come out as wanted.
    struct Problem {
        var offset: Int
        var message: String
        var field: FieldPath?
    }

    /// What is known of a field where the walk is.
    struct Knowledge {
        var values: PossibleValues
        var mayBeAbsent: Bool
        /// The condition that told more than the schema, if one did.
        var node: SyntaxTree.Reference?
    }

    let schema: EventSchema
    let source: [UInt8]
    /// Resolves names, with the variables of the macros around the walk.
    var names: Compiler
    var locals: [PossibleValues] = []
    var known: [FieldPath: Knowledge] = [:]
    /// What the walk has narrowed, to be undone at the end of a branch.
    var trail: [(path: FieldPath, knowledge: Knowledge)] = []
    /// The latest reason why something always fails or never comes out as wanted.
    var problem: Problem?
    /// The branches of `||` that never hold, as far as the filter can hold without them.
    var hints: [Problem] = []

    var tree: SyntaxTree { names.tree }

    init(_ source: String, schema: EventSchema) throws(FilterError) {
        let limits = FilterLimits.none
        let (tree, root) = try Parser.parse(source, limits: limits)
        self.schema = schema
        self.source = Array(source.utf8)
        names = Compiler(source: [], limits: limits, tree: tree, scope: .filter, zones: .empty)
        self.root = root
    }

    let root: SyntaxTree.Reference

    /// What is found of the whole filter.
    mutating func findings() -> [FilterFinding] {
        guard assume(root, true) else {
            let problem = problem ?? generic(root)
            return [finding(problem, .neverMatches)]
        }
        return hints.sorted { $0.offset < $1.offset }.map { finding($0, .partNeverHolds) }
    }

    private func finding(_ problem: Problem, _ severity: FilterFinding.Severity) -> FilterFinding {
        let place = FilterError(.neverMatches, problem.message, at: problem.offset, in: source)
        return FilterFinding(
            severity: severity, message: problem.message, line: place.line, column: place.column, field: problem.field,
            isOfPattern: false)
    }

    // MARK: Conditions

    /// Whether the condition can come out as wanted, other than by failing. Narrows ``known`` to the events in which it
    /// does; sets ``problem`` if there are none.
    mutating func assume(_ node: SyntaxTree.Reference, _ wanted: Bool) -> Bool {
        switch tree[node].kind {
        case .and(let operands): return wanted ? assumeAll(operands, true) : assumeAny(operands, false)
        case .or(let operands): return wanted ? assumeAny(operands, true) : assumeAll(operands, false)
        case .not(let operand): return assume(operand, !wanted)
        case .conditional(let condition, let first, let second):
            problem = nil
            let outcomes = outcomes(condition)
            var branches: [SyntaxTree.Reference] = []
            if outcomes.canBeTrue { branches.append(first) }
            if outcomes.canBeFalse { branches.append(second) }
            guard !branches.isEmpty else {
                if problem == nil { problem = generic(condition) }
                return false
            }
            return assumeAny(branches, wanted, isChoice: false)
        case .macro(let macro): return assumeMacro(macro, node, wanted)
        case .bind(let name, let initial, let body):
            problem = nil
            let value = value(initial)
            guard !value.isEmpty else { return false }
            return withVariables([name], [value]) { checker in checker.assume(body, wanted) }
        default: return assumeTest(node, wanted)
        }
    }

    private mutating func assumeAll(_ operands: [SyntaxTree.Reference], _ wanted: Bool) -> Bool {
        for operand in operands where !assume(operand, wanted) { return false }
        return true
    }

    /// Whether one operand can come out as wanted. What each of them tells of fields is forgotten again. Operands that
    /// cannot are hints, if they are a choice that a person wrote.
    private mutating func assumeAny(
        _ operands: [SyntaxTree.Reference], _ wanted: Bool, isChoice: Bool = true
    ) -> Bool {
        let firstHint = hints.count
        var isPossible = false
        var problems: [Problem] = []
        for operand in operands {
            let (mark, hint) = (trail.count, hints.count)
            if assume(operand, wanted) {
                isPossible = true
            } else {
                hints.removeLast(hints.count - hint)
                problems.append(problem ?? generic(operand))
            }
            undo(to: mark)
        }
        if isPossible, isChoice { hints += problems }
        if !isPossible {
            hints.removeLast(hints.count - firstHint)
            problem = problems.first
        }
        return isPossible
    }

    private mutating func assumeMacro(_ macro: Macro, _ node: SyntaxTree.Reference, _ wanted: Bool) -> Bool {
        let isForOne: Bool
        switch (macro.kind, wanted) {
        case (.exists, true), (.existsOne, true): isForOne = true
        case (.all, false): isForOne = false
        default: return assumeTest(node, wanted)
        }
        problem = nil
        guard let condition = macro.condition, canWalk(macro.range, node) else { return false }
        let mark = trail.count
        defer { undo(to: mark) }
        return withVariables(macro.variables, elements(of: macro)) { checker in checker.assume(condition, isForOne) }
    }

    private mutating func assumeTest(_ node: SyntaxTree.Reference, _ wanted: Bool) -> Bool {
        problem = nil
        guard outcomes(node)[wanted] else {
            problem = explanation(of: node, wanted)
            return false
        }
        narrow(node, wanted)
        return true
    }

    // MARK: Variables and knowledge

    /// Walks with variables declared.
    mutating func withVariables<Result>(
        _ variables: [String], _ values: [PossibleValues], _ walk: (inout TypeChecker) -> Result
    ) -> Result {
        for place in 0..<variables.count {
            _ = names.declare(variables[place])
            locals.append(values[place])
        }
        defer {
            names.locals.removeLast(variables.count)
            locals.removeLast(variables.count)
        }
        return walk(&self)
    }

    /// What is known of a field here.
    mutating func knowledge(of path: FieldPath) -> Knowledge {
        if let knowledge = known[path] { return knowledge }
        var knowledge = Knowledge(values: PossibleValues(.json), mayBeAbsent: true)
        knowledge.values.numbers = .all
        if path.root == .meta {
            knowledge.values = PossibleValues(path.keys == ["time"] ? .timestamp : .text)
        } else if !path.keys.isEmpty {
            let field = schema.field(at: path)
            knowledge.values = PossibleValues(of: field.kinds)
            knowledge.mayBeAbsent = field.mayBeAbsent
        }
        known[path] = knowledge
        return knowledge
    }

    mutating func learn(_ path: FieldPath, _ knowledge: Knowledge) {
        if let old = known[path] { trail.append((path, old)) }
        known[path] = knowledge
    }

    private mutating func undo(to mark: Int) {
        while trail.count > mark {
            let (path, knowledge) = trail.removeLast()
            known[path] = knowledge
        }
    }
}

extension FilterLimits {
    /// Limits for what has been accepted before under some others.
    static let none = FilterLimits(
        sourceBytes: .max, depth: .max, macroNesting: .max, patternBytes: .max, patternStates: .max, cost: .max)
}
