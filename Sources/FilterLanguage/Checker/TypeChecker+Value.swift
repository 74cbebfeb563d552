internal import FieldExtraction

extension TypeChecker {
    /// What may come of a condition. Reads what is known of fields and narrows nothing.
    mutating func outcomes(_ node: SyntaxTree.Reference) -> Outcomes {
        switch tree[node].kind {
        case .and(let operands): return chain(operands, deciding: false)
        case .or(let operands): return chain(operands, deciding: true)
        case .not(let operand): return outcomes(operand).negated
        case .compare(let comparison, let left, let right):
            let (left, right) = (value(left), value(right))
            return Outcomes(comparison, left, right)
        case .isIn(let element, let list): return membership(of: element, in: list, node)
        case .has(let operand, let key):
            if let path = field(operand, key: key) {
                let knowledge = knowledge(of: path)
                return Outcomes(canBeTrue: !knowledge.values.isEmpty, canBeFalse: knowledge.mayBeAbsent)
            }
            return taken(value(operand), [.map, .optional], "has()", operand, node).isEmpty ? .neither : .either
        case .conditional(let condition, let first, let second):
            let outcome = outcomes(condition)
            var result = Outcomes.neither
            for (branch, isTaken) in [(first, outcome.canBeTrue), (second, outcome.canBeFalse)] where isTaken {
                let found = outcomes(branch)
                result.canBeTrue = result.canBeTrue || found.canBeTrue
                result.canBeFalse = result.canBeFalse || found.canBeFalse
            }
            return result
        case .macro(let macro) where [.all, .exists, .existsOne].contains(macro.kind):
            guard let condition = macro.condition, canWalk(macro.range, node) else { return .neither }
            let found = withVariables(macro.variables, elements(of: macro)) { $0.outcomes(condition) }
            // Of no element `all` is true, and the others are false.
            if macro.kind == .all { return Outcomes(canBeTrue: true, canBeFalse: found.canBeFalse) }
            return Outcomes(canBeTrue: found.canBeTrue, canBeFalse: true)
        default: return Outcomes(value(node))
        }
    }

    /// `&&` is false where one operand is, `||` true where one is; failures are absorbed or stay.
    private mutating func chain(_ operands: [SyntaxTree.Reference], deciding: Bool) -> Outcomes {
        var canDecide = false
        var canAgree = true
        for operand in operands {
            let found = outcomes(operand)
            canDecide = canDecide || found[deciding]
            canAgree = canAgree && found[!deciding]
        }
        return deciding
            ? Outcomes(canBeTrue: canDecide, canBeFalse: canAgree)
            : Outcomes(canBeTrue: canAgree, canBeFalse: canDecide)
    }

    private mutating func membership(
        of element: SyntaxTree.Reference, in list: SyntaxTree.Reference, _ node: SyntaxTree.Reference
    ) -> Outcomes {
        let wanted = value(element)
        if wanted.isEmpty { return .neither }
        guard case .list(let elements, let optional) = tree[list].kind, optional.isEmpty else {
            return taken(value(list), [.list, .map], "'in'", list, node).isEmpty ? .neither : .either
        }
        var result = Outcomes(canBeTrue: false, canBeFalse: true)
        for element in elements {
            let other = value(element)
            if other.isEmpty { return .neither }
            let found = Outcomes(.equal, wanted, other)
            result.canBeTrue = result.canBeTrue || found.canBeTrue
            result.canBeFalse = result.canBeFalse && found.canBeFalse
        }
        return result
    }

    /// The values an expression may have.
    mutating func value(_ node: SyntaxTree.Reference) -> PossibleValues {
        switch tree[node].kind {
        case .literal(let value): return PossibleValues(value)
        case .identifier, .select, .index: return member(node)
        case .call(let name, let target, let arguments): return call(name, target, arguments, node)
        case .list(let elements, _):
            for element in elements where value(element).isEmpty { return .none }
            return PossibleValues(.list)
        case .map(let entries, _):
            for entry in entries where value(entry.key).isEmpty || value(entry.value).isEmpty { return .none }
            return PossibleValues(.map)
        case .and, .or, .not, .compare, .isIn, .has: return boolean(node)
        case .negate(let operand):
            let value = taken(value(operand), [.int, .double, .number, .duration], "'-'", operand, node)
            if let constant = value.constant { return folded { () throws(Failure) in try constant.negated() } }
            return PossibleValues(value.kinds)
        case .arithmetic(let operation, let left, let right): return arithmetic(operation, left, right, node)
        case .conditional(let condition, let first, let second):
            let outcomes = outcomes(condition)
            var result = PossibleValues.none
            if outcomes.canBeTrue { result = value(first) }
            if outcomes.canBeFalse { result = result.union(value(second)) }
            return result
        case .macro(let macro):
            switch macro.kind {
            case .all, .exists, .existsOne: return boolean(node)
            default: break
            }
            guard canWalk(macro.range, node) else { return .none }
            let isMap = macro.kind == .transformMap || macro.kind == .transformMapEntry
            return PossibleValues(isMap ? .map : .list)
        case .bind(let name, let initial, let body):
            let value = value(initial)
            if value.isEmpty { return .none }
            return withVariables([name], [value]) { $0.value(body) }
        case .optionalMap(let operand, _, _, _):
            return taken(value(operand), .optional, "optMap()", operand, node).isEmpty
                ? .none : PossibleValues(.optional)
        }
    }

    private mutating func boolean(_ node: SyntaxTree.Reference) -> PossibleValues {
        let outcomes = outcomes(node)
        var kinds: PossibleValues.Kinds = []
        if outcomes.canBeTrue { kinds.insert(.isTrue) }
        if outcomes.canBeFalse { kinds.insert(.isFalse) }
        return PossibleValues(kinds)
    }

    func folded(_ calculate: () throws(Failure) -> Value) -> PossibleValues {
        do throws(Failure) { return PossibleValues(try calculate()) } catch { return .none }
    }

    /// A field, a variable, a type, or something within another value.
    private mutating func member(_ node: SyntaxTree.Reference) -> PossibleValues {
        if let path = field(node) {
            let knowledge = knowledge(of: path)
            if knowledge.values.isEmpty { note(absence(of: path, node, knowledge)) }
            return knowledge.values
        }
        if (try? names.fieldPath(node)) != nil { return PossibleValues(.optional) }
        if let type = namedType(node) { return PossibleValues(.type(type)) }
        switch tree[node].kind {
        case .identifier(let name, _):
            guard let local = names.local(name) else { return .anything }
            return locals[Int(local)]
        case .select(let operand, let key, let optional):
            let container = taken(value(operand), [.map, .optional], "'.\(key)'", operand, node)
            return container.isEmpty ? .none : optional ? PossibleValues(.optional) : .anything
        case .index(let operand, let index, let optional):
            let container = taken(value(operand), [.list, .map, .optional], "'[…]'", operand, node)
            if container.isEmpty || value(index).isEmpty { return .none }
            return optional ? PossibleValues(.optional) : .anything
        default: return .anything
        }
    }

    private func namedType(_ node: SyntaxTree.Reference) -> ValueType? {
        guard let chain = names.chain(node, indices: false), chain.isAbsolute || names.local(chain.root) == nil else {
            return nil
        }
        return ValueType.named(([chain.root] + chain.keys).joined(separator: "."))
    }

    /// The field that a node reads, without `.?` on the way.
    func field(_ node: SyntaxTree.Reference) -> FieldPath? {
        guard let found = try? names.fieldPath(node), !found.isOptional else { return nil }
        return found.path
    }

    /// The field that `has(node.key)` asks for.
    func field(_ node: SyntaxTree.Reference, key: String) -> FieldPath? {
        (try? names.fieldPath(node, key: key))?.path
    }

    // MARK: Walking

    /// Whether a macro can walk over the range.
    mutating func canWalk(_ range: SyntaxTree.Reference, _ node: SyntaxTree.Reference) -> Bool {
        !taken(value(range), [.list, .map], "a macro", range, node).isEmpty
    }

    /// What a macro's variables hold.
    func elements(of macro: Macro) -> [PossibleValues] {
        var element = PossibleValues.anything
        if field(macro.range) != nil {
            element = PossibleValues(.json)
            element.numbers = .all
        }
        return macro.variables.count == 1 ? [element] : [.anything, element]
    }
}
