extension Compiler {
    /// Compiles `all`, `exists` and `exists_one` for their truth. False for the macros that build something.
    mutating func macroTruth(_ macro: Macro, _ node: SyntaxTree.Reference) throws(FilterError) -> Bool {
        let step: Instruction.Operation
        switch macro.kind {
        case .all: step = .allStep
        case .exists: step = .existsStep
        case .existsOne: step = .existsOneStep
        default: return false
        }
        guard let condition = macro.condition else { return false }
        let loop = try begin(macro, node)
        try truth(condition, whatFor: "the condition of \(macro.kind)()")
        let test = emit(.init(operation: step, index: Int32(loop)), at: node)
        end(macro, loop)
        land(test)
        land(loop)
        emit(.init(operation: .endTruth, detail: macro.kind.rawValue), at: node)
        iterations -= 1
        return true
    }

    /// Compiles a macro for its value.
    mutating func macroValue(_ macro: Macro, _ node: SyntaxTree.Reference) throws(FilterError) -> ValueType? {
        switch macro.kind {
        case .all, .exists, .existsOne:
            try truth(node, whatFor: "the operand")
            emit(.init(operation: .pushTruth), at: node, values: 1)
            return .bool
        default: break
        }
        let loop = try begin(macro, node)
        if let condition = macro.condition {
            try truth(condition, whatFor: "the condition of \(macro.kind)()")
            emit(.init(operation: .skipUnlessTrue, operand: UInt64(loop)), at: node)
        }
        if let result = macro.result {
            try value(result)
            let collect: Instruction.Operation =
                switch macro.kind {
                case .transformMap: .collectEntry
                case .transformMapEntry: .collectMapEntry
                default: .collect
                }
            emit(.init(operation: collect), at: node, values: -1)
        } else {
            emit(.init(operation: .collectElement), at: node)
        }
        emit(.init(operation: .jump, operand: UInt64(loop)), at: node)
        end(macro, loop)
        land(loop)
        emit(.init(operation: .endValue, detail: macro.kind.rawValue), at: node, values: 1)
        iterations -= 1
        return macro.kind == .transformMap || macro.kind == .transformMapEntry ? .map : .list
    }

    /// Emits the range and the head of the loop, and returns the head's place.
    private mutating func begin(_ macro: Macro, _ node: SyntaxTree.Reference) throws(FilterError) -> Int {
        let type = try value(macro.range)
        if isFilter, let type, type != .list, type != .map {
            throw error(.typeMismatch, "\(macro.kind)() walks over a list or a map, this is a \(type)", at: macro.range)
        }
        emit(.init(operation: .begin, detail: macro.kind.rawValue), at: node, values: -1)
        iterations += 1
        parts.capacity = max(parts.capacity, iterations + 1)
        let first = declare(macro.variables[0])
        if macro.variables.count > 1 { _ = declare(macro.variables[1]) }
        return emit(.init(operation: .next, count: UInt16(macro.variables.count), index: first), at: node)
    }

    private mutating func end(_ macro: Macro, _ loop: Int) {
        locals.removeLast(macro.variables.count)
    }
}
