internal import FieldExtraction

extension Compiler {
    /// Compiles tests of one field against constants to instructions that work on the slot itself. False if the node is
    /// something else.
    mutating func fieldTest(_ node: SyntaxTree.Reference) throws(FilterError) -> Bool {
        guard isFilter else { return false }
        switch tree[node].kind {
        case .select, .index:
            guard let path = try plainField(node) else { return false }
            emit(.init(operation: .fieldTruth, index: field(path)), at: node)
            return true
        case .has(let operand, let key):
            guard let path = try fieldPath(operand, key: key)?.path else { return false }
            emit(.init(operation: .fieldExists, index: field(path)), at: node)
            return true
        case .compare(let comparison, let left, let right):
            if let path = try plainField(left), let constant = try constantValue(right) {
                return compare(path, comparison, constant, at: node)
            }
            if let path = try plainField(right), let constant = try constantValue(left) {
                return compare(path, comparison.flipped, constant, at: node)
            }
            if try kindTest(comparison, left, right, at: node) { return true }
            return try kindTest(comparison, right, left, at: node)
        case .isIn(let element, let list):
            if let path = try plainField(element), let set = try constantSet(list) {
                emit(.init(operation: .fieldInSet, index: field(path), operand: UInt64(set)), at: node)
                return true
            }
            guard case .string(let constant) = try constantValue(element), let path = try plainField(list) else {
                return false
            }
            emit(.init(operation: .fieldHoldsText, index: field(path), operand: text(constant)), at: node)
            return true
        case .call(let name, let target, let arguments):
            return try textTest(name, target, arguments, at: node)
        default: return false
        }
    }

    private mutating func compare(
        _ path: FieldPath, _ comparison: Comparison, _ constant: Value, at node: SyntaxTree.Reference
    ) -> Bool {
        var instruction = Instruction(operation: .fieldIsNull, detail: comparison.rawValue, index: field(path))
        switch constant {
        case .null:
            guard !comparison.isOrdering else { return false }
        case .bool(let value):
            guard !comparison.isOrdering else { return false }
            instruction.operation = .fieldAgainstBool
            instruction.operand = value ? 1 : 0
        case .int(let value):
            guard value.magnitude <= 1 << 53 else { return false }
            instruction.operation = .fieldAgainstInteger
            instruction.operand = UInt64(bitPattern: value)
        case .uint(let value):
            guard value <= 1 << 53 else { return false }
            instruction.operation = .fieldAgainstInteger
            instruction.operand = value
        case .double(let value):
            instruction.operation = .fieldAgainstDouble
            instruction.operand = value.bitPattern
        case .string(let value):
            instruction.operation = .fieldAgainstText
            instruction.operand = text(value)
        default: return false
        }
        emit(instruction, at: node)
        return true
    }

    /// `type(event.x) == list`, for the types that a slot's kind tells.
    private mutating func kindTest(
        _ comparison: Comparison, _ left: SyntaxTree.Reference, _ right: SyntaxTree.Reference,
        at node: SyntaxTree.Reference
    ) throws(FilterError) -> Bool {
        guard comparison == .equal || comparison == .notEqual,
            case .call("type", nil, let arguments) = tree[left].kind, arguments.count == 1,
            let path = try plainField(arguments[0]), path.root == .event,
            case .identifier(let name, let isAbsolute) = tree[right].kind, isAbsolute || local(name) == nil,
            let kind = ValueType.named(name)?.slotKind
        else { return false }
        let instruction = Instruction(
            operation: .fieldIsKind, detail: comparison.rawValue, index: field(path), operand: UInt64(kind.rawValue))
        emit(instruction, at: node)
        return true
    }

    private mutating func textTest(
        _ name: String, _ target: SyntaxTree.Reference?, _ arguments: [SyntaxTree.Reference],
        at node: SyntaxTree.Reference
    ) throws(FilterError) -> Bool {
        guard let target, arguments.count == 1, let path = try plainField(target),
            case .string(let constant) = try constantValue(arguments[0])
        else { return false }
        switch name {
        case "startsWith":
            emit(.init(operation: .fieldStartsWith, index: field(path), operand: text(constant)), at: node)
        case "endsWith":
            emit(.init(operation: .fieldEndsWith, index: field(path), operand: text(constant)), at: node)
        case "contains":
            emit(.init(operation: .fieldContains, index: field(path), operand: text(constant)), at: node)
        case "matches":
            guard let pattern = try pattern(constant, at: arguments[0]) else { return false }
            emit(.init(operation: .fieldMatches, index: field(path), operand: UInt64(pattern)), at: node)
        default: return false
        }
        return true
    }
}
