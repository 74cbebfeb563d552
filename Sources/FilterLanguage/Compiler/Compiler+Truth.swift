internal import FieldExtraction

extension Compiler {
    /// Compiles a node for its truth. `whatFor` names the place in the error for a value that is surely no boolean.
    mutating func truth(_ node: SyntaxTree.Reference, whatFor: String) throws(FilterError) {
        if try fieldTest(node) { return }
        let start = here
        let state = (values, truths, iterations)
        switch tree[node].kind {
        case .literal(.bool(let value)):
            emit(.init(operation: .setTruth, index: value ? 1 : 0), at: node)
            return
        case .and(let operands): try chain(operands, .andFirst, .andNext, .andLast, "&&", at: node)
        case .or(let operands): try chain(operands, .orFirst, .orNext, .orLast, "||", at: node)
        case .not(let operand):
            try truth(operand, whatFor: "the operand of '!'")
            emit(.init(operation: .not), at: node)
        case .conditional(let condition, let first, let second):
            try truth(condition, whatFor: "the condition of '?:'")
            let failed = emit(.init(operation: .jumpOnFailure), at: node)
            let otherwise = emit(.init(operation: .jumpIfFalse), at: node)
            try truth(first, whatFor: whatFor)
            let end = emit(.init(operation: .jump), at: node)
            land(otherwise)
            try truth(second, whatFor: whatFor)
            land(end)
            land(failed)
        case .compare, .isIn, .has, .macro:
            if try !nativeTruth(node) { try valueTruth(node, whatFor) }
        case .call(let name, let target, let arguments):
            if try !constantMatch(name, target, arguments, node) { try valueTruth(node, whatFor) }
        default: try valueTruth(node, whatFor)
        }
        let handler = Program.Handler(target: here, values: state.0, truths: state.1, iterations: state.2)
        regions.append((start..<here, handler))
        switch tree[node].kind {
        case .and, .or, .not: break
        default: parts.opaque.append(start..<here)
        }
    }

    private mutating func valueTruth(_ node: SyntaxTree.Reference, _ whatFor: String) throws(FilterError) {
        let type = try value(node)
        if isFilter, let type, type != .bool {
            throw error(
                .typeMismatch,
                "\(whatFor) must be true or false, this is a value of type \(type); compare it with something",
                at: node)
        }
        emit(.init(operation: .popTruth), at: node, values: -1)
    }

    private mutating func chain(
        _ operands: [SyntaxTree.Reference], _ first: Instruction.Operation, _ next: Instruction.Operation,
        _ last: Instruction.Operation, _ symbol: String, at node: SyntaxTree.Reference
    ) throws(FilterError) {
        var jumps: [Int] = []
        for (place, operand) in operands.enumerated() {
            try truth(operand, whatFor: "an operand of '\(symbol)'")
            if place == 0 {
                jumps.append(emit(.init(operation: first), at: operand))
                truths += 1
                parts.capacity = max(parts.capacity, truths + 1)
            } else if place < operands.count - 1 {
                jumps.append(emit(.init(operation: next), at: operand))
            } else {
                emit(.init(operation: last), at: operand)
                truths -= 1
            }
        }
        for jump in jumps { land(jump) }
    }

    /// Nodes whose result is a truth by nature. False if the node is none.
    mutating func nativeTruth(_ node: SyntaxTree.Reference) throws(FilterError) -> Bool {
        switch tree[node].kind {
        case .compare(let comparison, let left, let right):
            let types = (try value(left), try value(right))
            try check(types, comparison, at: node)
            emit(.init(operation: .compare, detail: comparison.rawValue), at: node, values: -2)
        case .isIn(let element, let list):
            _ = try value(element)
            if let set = try constantSet(list) {
                emit(.init(operation: .isInSet, index: set), at: node, values: -1)
            } else {
                let type = try value(list)
                if isFilter, let type, type != .list, type != .map {
                    throw error(.typeMismatch, "'in' needs a list or a map on its right, this is a \(type)", at: list)
                }
                emit(.init(operation: .isIn), at: node, values: -2)
            }
        case .has(let operand, let key):
            _ = try value(operand)
            emit(.init(operation: .hasKey, index: constant(.string(key))), at: node, values: -1)
        case .macro(let macro): return try macroTruth(macro, node)
        default: return false
        }
        return true
    }

    /// Refuses a comparison that can never hold, or an order that can never be.
    private func check(
        _ types: (ValueType?, ValueType?), _ comparison: Comparison, at node: SyntaxTree.Reference
    ) throws(FilterError) {
        guard isFilter, let left = types.0, let right = types.1 else { return }
        let numbers: [ValueType] = [.int, .uint, .double]
        let fit = left == right || (numbers.contains(left) && numbers.contains(right))
        let ordered = ![.null, .list, .map, .type, .optional].contains(left)
        guard fit, ordered || !comparison.isOrdering else {
            throw error(.typeMismatch, "a \(left) cannot be compared with a \(right)", at: node)
        }
    }

    /// Compiles `text.matches('constant')` to an instruction with the pattern built in. False for all else.
    mutating func constantMatch(
        _ name: String, _ target: SyntaxTree.Reference?, _ arguments: [SyntaxTree.Reference],
        _ node: SyntaxTree.Reference
    ) throws(FilterError) -> Bool {
        let all = (target.map { [$0] } ?? []) + arguments
        guard name == "matches", all.count == 2, case .literal(.string(let text)) = tree[all[1]].kind else {
            return false
        }
        guard let index = try pattern(text, at: all[1]) else { return false }
        _ = try value(all[0])
        emit(.init(operation: .matchesConstant, index: index), at: node, values: -1)
        return true
    }

    /// Compiles a pattern; nil for a faulty one in an expression, where it fails at run time.
    mutating func pattern(_ text: String, at node: SyntaxTree.Reference) throws(FilterError) -> Int32? {
        do {
            parts.patterns.append(try Pattern(text, limits: limits))
        } catch {
            guard isFilter else { return nil }
            throw self.error(.syntax, "the pattern of matches() is faulty: \(error.message)", at: node)
        }
        return Int32(parts.patterns.count - 1)
    }

    /// The set of a list of constants, or nil if the node is none.
    mutating func constantSet(_ node: SyntaxTree.Reference) throws(FilterError) -> Int32? {
        guard case .list(let elements, let optional) = tree[node].kind, optional.isEmpty else { return nil }
        var constants: [Value] = []
        for element in elements {
            guard let value = try constantValue(element) else { return nil }
            constants.append(value)
        }
        guard let set = ConstantSet(constants) else { return nil }
        parts.sets.append(set)
        return Int32(parts.sets.count - 1)
    }
}
