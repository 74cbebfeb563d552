internal import FieldExtraction

extension TypeChecker {
    /// Narrows what is known of the field that a test reads to the events in which the test comes out as wanted. Tests of
    /// any other form tell nothing.
    mutating func narrow(_ node: SyntaxTree.Reference, _ wanted: Bool) {
        switch tree[node].kind {
        case .select, .index:
            guard let path = field(node) else { return }
            restrict(path, node) { $0.only(wanted ? .isTrue : .isFalse) }
        case .has(let operand, let key):
            guard let path = field(operand, key: key) else { return }
            guard wanted else { return forget(path, node) }
            restrict(path, node) { $0 }
        case .compare(let comparison, let left, let right):
            if let path = field(left) {
                narrow(path, comparison, to: value(right), wanted, node)
            } else if let path = field(right) {
                narrow(path, comparison.flipped, to: value(left), wanted, node)
            } else if let path = typeOperand(left) {
                narrow(path, comparison, toType: value(right), wanted, node)
            }
        case .isIn(let element, let list):
            if let path = field(element), case .list(let elements, let optional) = tree[list].kind, optional.isEmpty {
                var all = PossibleValues.none
                for element in elements { all = all.union(value(element)) }
                restrict(path, node) { wanted ? TypeChecker.equal($0, all) : $0 }
            } else if let path = field(list) {
                restrict(path, node) { $0.only([.list, .map]) }
            }
        case .call(let name, let target?, _):
            guard ["startsWith", "endsWith", "contains", "matches"].contains(name), let path = field(target) else {
                return
            }
            restrict(path, node) { $0.only(.text) }
        default: break
        }
    }

    private mutating func narrow(
        _ path: FieldPath, _ comparison: Comparison, to other: PossibleValues, _ wanted: Bool,
        _ node: SyntaxTree.Reference
    ) {
        var mask = wanted ? comparison : Comparison(rawValue: comparison.rawValue ^ 15)
        if mask == .equal { return restrict(path, node) { TypeChecker.equal($0, other) } }
        if mask == .notEqual {
            return restrict(path, node) { other.isSingle ? TypeChecker.unequal($0, other) : $0 }
        }
        restrict(path, node) { values in
            var shared: PossibleValues.Kinds = []
            for kinds in PossibleValues.Kinds.ordered where !other.kinds.isDisjoint(with: kinds) {
                shared.formUnion(kinds)
            }
            var result = values.only(shared)
            if !values.numbers.mayBeNaN, !other.numbers.mayBeNaN { mask.remove(.unordered) }
            result.numbers = result.numbers.restricted(mask, other.numbers)
            return result
        }
    }

    /// The path in `type(event.a)`.
    private func typeOperand(_ node: SyntaxTree.Reference) -> FieldPath? {
        guard case .call("type", nil, let arguments) = tree[node].kind, arguments.count == 1 else { return nil }
        return field(arguments[0])
    }

    private mutating func narrow(
        _ path: FieldPath, _ comparison: Comparison, toType other: PossibleValues, _ wanted: Bool,
        _ node: SyntaxTree.Reference
    ) {
        guard (comparison == .equal && wanted) || (comparison == .notEqual && !wanted) else { return }
        guard other.kinds == .type else { return }
        restrict(path, node) { values in
            var kinds: PossibleValues.Kinds = []
            for bit in 0..<16 {
                let kind = PossibleValues.Kinds(rawValue: 1 << bit)
                if PossibleValues(kind).typeBits & other.types != 0 { kinds.formUnion(kind) }
            }
            return values.only(kinds)
        }
    }

    /// The values that may equal one of the others.
    private static func equal(_ values: PossibleValues, _ other: PossibleValues) -> PossibleValues {
        var shared: PossibleValues.Kinds = []
        for kinds in PossibleValues.Kinds.comparable where !other.kinds.isDisjoint(with: kinds) {
            // Of the booleans the very ones, of all else what shares a class.
            shared.formUnion(kinds == .bool ? other.kinds.intersection(.bool) : kinds)
        }
        var result = values.only(shared)
        if !other.kinds.isDisjoint(with: .numbers) { result.numbers = result.numbers.intersection(other.numbers) }
        if other.kinds.contains(.text), let others = other.texts {
            result.texts = result.texts.map { $0.intersection(others) } ?? others
        }
        return result
    }

    /// The values without the single other.
    private static func unequal(_ values: PossibleValues, _ other: PossibleValues) -> PossibleValues {
        var result = values
        if other.kinds == .null || !other.kinds.isDisjoint(with: .bool) { result.kinds.subtract(other.kinds) }
        if other.kinds == .text, let others = other.texts { result.texts?.subtract(others) }
        return result
    }

    private mutating func restrict(
        _ path: FieldPath, _ node: SyntaxTree.Reference, _ change: (PossibleValues) -> PossibleValues
    ) {
        var knowledge = knowledge(of: path)
        knowledge.values = change(knowledge.values).cleaned
        knowledge.mayBeAbsent = false
        knowledge.node = node
        learn(path, knowledge)
    }

    private mutating func forget(_ path: FieldPath, _ node: SyntaxTree.Reference) {
        var knowledge = knowledge(of: path)
        knowledge.values = .none
        knowledge.node = node
        learn(path, knowledge)
    }
}
