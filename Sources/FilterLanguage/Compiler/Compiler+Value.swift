internal import FieldExtraction

extension Compiler {
    /// Compiles a node for its value and returns the type it surely has, if any.
    @discardableResult
    mutating func value(_ node: SyntaxTree.Reference) throws(FilterError) -> ValueType? {
        if let constant = try constantValue(node) {
            emit(.init(operation: .pushConstant, index: self.constant(constant)), at: node, values: 1)
            return constant.type
        }
        switch tree[node].kind {
        case .literal(let value): return value.type
        case .identifier, .select: return try name(node)
        case .index(let operand, let index, let optional):
            if let field = try fieldPath(node) { return load(field, at: node) }
            try value(operand)
            try value(index)
            emit(.init(operation: optional ? .atOptional : .at), at: node, values: -1)
            return nil
        case .call(let name, let target, let arguments): return try call(name, target, arguments, at: node)
        case .list(let elements, let optional):
            for element in elements { try value(element) }
            let places = optional.isEmpty ? -1 : constant(.list(optional.sorted().map { .int(Int64($0)) }))
            emit(
                .init(operation: .makeList, count: UInt16(elements.count), index: places), at: node,
                values: 1 - elements.count)
            return .list
        case .map(let entries, let optional):
            for entry in entries {
                try value(entry.key)
                try value(entry.value)
            }
            let places = optional.isEmpty ? -1 : constant(.list(optional.sorted().map { .int(Int64($0)) }))
            emit(
                .init(operation: .makeMap, count: UInt16(entries.count), index: places), at: node,
                values: 1 - 2 * entries.count)
            return .map
        case .and, .or, .not, .compare, .isIn, .has:
            try truth(node, whatFor: "the operand")
            emit(.init(operation: .pushTruth), at: node, values: 1)
            return .bool
        case .negate(let operand):
            let type = try value(operand)
            try require(type, in: [.int, .double], "'-'", at: node)
            emit(.init(operation: .negate), at: node)
            return type
        case .arithmetic(let operation, let left, let right):
            return try arithmetic(operation, left, right, at: node)
        case .conditional(let condition, let first, let second):
            try truth(condition, whatFor: "the condition of '?:'")
            let otherwise = emit(.init(operation: .jumpUnlessTrue), at: node)
            let type = try value(first)
            let end = emit(.init(operation: .jump), at: node, values: -1)
            land(otherwise)
            let other = try value(second)
            land(end)
            return type == other ? type : nil
        case .macro(let macro): return try macroValue(macro, node)
        case .bind(let name, let initial, let body):
            try value(initial)
            let local = declare(name)
            emit(.init(operation: .storeLocal, index: local), at: node, values: -1)
            let type = try value(body)
            locals.removeLast()
            return type
        case .optionalMap(let operand, let name, let body, let flat):
            return try optionalMap(operand, name, body, flat, at: node)
        }
    }

    /// A variable, a type's name, a field of the event, or a selection from any value.
    private mutating func name(_ node: SyntaxTree.Reference) throws(FilterError) -> ValueType? {
        if let field = try fieldPath(node) { return load(field, at: node) }
        if let chain = chain(node, indices: false), chain.isAbsolute || local(chain.root) == nil {
            if let variable = variable(chain) {
                if variable.remaining == 0 {
                    emit(.init(operation: .pushVariable, index: Int32(variable.index)), at: node, values: 1)
                    return nil
                }
            } else if let type = ValueType.named(([chain.root] + chain.keys).joined(separator: ".")) {
                emit(.init(operation: .pushConstant, index: constant(.type(type))), at: node, values: 1)
                return .type
            }
        }
        switch tree[node].kind {
        case .select(let operand, let key, let optional):
            let type = try value(operand)
            if isFilter, let type, type != .map, type != .optional {
                throw error(.typeMismatch, "a \(type) has no field '\(key)'", at: node)
            }
            let operation: Instruction.Operation = optional ? .selectOptional : .select
            emit(.init(operation: operation, index: constant(.string(key))), at: node)
            return nil
        case .identifier(let name, let absolute):
            if !absolute, let local = local(name) {
                emit(.init(operation: .pushLocal, index: local), at: node, values: 1)
                return nil
            }
            if isFilter { throw unknown(name, at: node) }
            emit(.init(operation: .fail, detail: Failure.unknownVariable.rawValue), at: node, values: 1)
            return nil
        default: return nil
        }
    }

    private mutating func load(
        _ field: (path: FieldPath, isOptional: Bool), at node: SyntaxTree.Reference
    ) -> ValueType? {
        let operation: Instruction.Operation = field.isOptional ? .pushOptionalField : .pushField
        emit(.init(operation: operation, index: self.field(field.path)), at: node, values: 1)
        return nil
    }

    private func require(
        _ type: ValueType?, in types: [ValueType], _ what: String, at node: SyntaxTree.Reference
    ) throws(FilterError) {
        guard isFilter, let type, !types.contains(type) else { return }
        throw error(.typeMismatch, "\(what) cannot be applied to a \(type)", at: node)
    }

    private mutating func arithmetic(
        _ operation: Arithmetic, _ left: SyntaxTree.Reference, _ right: SyntaxTree.Reference,
        at node: SyntaxTree.Reference
    ) throws(FilterError) -> ValueType? {
        let first = try value(left)
        let second = try value(right)
        emit(.init(operation: .arithmetic, detail: operation.rawValue), at: node, values: -1)
        try require(
            first, in: [.int, .uint, .double, .string, .bytes, .list, .timestamp, .duration], "'\(operation.symbol)'",
            at: node)
        guard let first, let second else { return nil }
        let times: [ValueType] = [.timestamp, .duration]
        if isFilter, first != second, !(times.contains(first) && times.contains(second)) {
            let hint = first.isNumber && second.isNumber ? "; convert one of them, such as with double(…)" : ""
            throw error(
                .typeMismatch, "'\(operation.symbol)' does not take a \(first) and a \(second)\(hint)", at: node)
        }
        return first == second && first != .timestamp ? first : nil
    }

    private mutating func call(
        _ name: String, _ target: SyntaxTree.Reference?, _ arguments: [SyntaxTree.Reference],
        at node: SyntaxTree.Reference
    ) throws(FilterError) -> ValueType? {
        var name = name
        var target = target
        if let receiver = target, let chain = chain(receiver, indices: false), chain.keys.isEmpty,
            Function.named(chain.root + "." + name) != nil, local(chain.root) == nil
        {
            name = chain.root + "." + name
            target = nil
        }
        guard let function = Function.named(name) else {
            guard isFilter else {
                emit(.init(operation: .fail, detail: Failure.unknownFunction.rawValue), at: node, values: 1)
                return nil
            }
            let hint = Function.nearestName(to: name).map { "; did you mean '\($0)'?" } ?? ""
            throw error(.unknownFunction, "no such function '\(name)'\(hint)", at: node)
        }
        let all = (target.map { [$0] } ?? []) + arguments
        try checkCount(function, isMember: target != nil, all.count, at: node)
        if function == .matches, try constantMatch(name, target, arguments, node) {
            emit(.init(operation: .pushTruth), at: node, values: 1)
            return .bool
        }
        if try callInZone(function, all, at: node) { return .int }
        for argument in all { try value(argument) }
        emit(
            .init(operation: .call, detail: function.rawValue, count: UInt16(all.count)), at: node,
            values: 1 - all.count)
        return function.resultType
    }

    /// Compiles `x.getHours('Europe/Berlin')` with the zone read now. False for all else, and in an expression for a zone
    /// that does not exist, where it fails at run time.
    private mutating func callInZone(
        _ function: Function, _ arguments: [SyntaxTree.Reference], at node: SyntaxTree.Reference
    ) throws(FilterError) -> Bool {
        guard function.isCalendarField, arguments.count == 2, case .literal(.string(let name)) = tree[arguments[1]].kind
        else { return false }
        guard let zone = parts.database.zone(named: name) else {
            guard isFilter else { return false }
            throw error(
                .unknownIdentifier, "no such time zone '\(name)'; write one such as 'Europe/Berlin' or '+01:00'",
                at: arguments[1])
        }
        parts.zones.append(zone)
        try value(arguments[0])
        let index = Int32(parts.zones.count - 1)
        emit(.init(operation: .callInZone, detail: function.rawValue, index: index), at: node)
        return true
    }

    private func checkCount(
        _ function: Function, isMember: Bool, _ count: Int, at node: SyntaxTree.Reference
    ) throws(FilterError) {
        let signature = function.signature
        guard let allowed = isMember ? signature.member : signature.global else {
            let form = isMember ? "\(signature.name)(x)" : "x.\(signature.name)(…)"
            throw error(.wrongArgumentCount, "'\(signature.name)' is called as \(form)", at: node)
        }
        guard !allowed.contains(count) else { return }
        let receiver = isMember ? 1 : 0
        let least = allowed.lowerBound - receiver
        let most = allowed.upperBound - receiver
        let expected = least == most ? "\(least)" : "\(least) to \(most)"
        throw error(
            .wrongArgumentCount,
            "'\(signature.name)' takes \(expected) argument\(most == 1 ? "" : "s"), not \(count - receiver)", at: node)
    }

    private mutating func optionalMap(
        _ operand: SyntaxTree.Reference, _ name: String, _ body: SyntaxTree.Reference, _ flat: Bool,
        at node: SyntaxTree.Reference
    ) throws(FilterError) -> ValueType? {
        try value(operand)
        let local = declare(name)
        let absent = emit(.init(operation: .unwrapOptional, index: local), at: node, values: -1)
        try value(body)
        emit(.init(operation: flat ? .requireOptional : .wrapOptional), at: node)
        locals.removeLast()
        land(absent)
        return .optional
    }
}

extension ValueType {
    var isNumber: Bool { self == .int || self == .uint || self == .double }
}

extension Function {
    /// The type of every result, or nil if it depends on the arguments.
    var resultType: ValueType? {
        switch self {
        case .size, .int, .indexOf, .lastIndexOf, .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek,
            .getDayOfYear, .getHours, .getMinutes, .getSeconds, .getMilliseconds:
            .int
        case .startsWith, .endsWith, .contains, .matches, .bool, .hasValue, .isNaN, .isInf, .isFinite: .bool
        case .uint: .uint
        case .double, .ceil, .floor, .round, .trunc, .sqrt: .double
        case .string, .lowerAscii, .upperAscii, .trim, .charAt, .join, .substring, .replace, .quote, .format: .string
        case .bytes: .bytes
        case .type: .type
        case .timestamp: .timestamp
        case .duration: .duration
        case .split: .list
        case .optionalOf, .optionalNone, .optionalOfNonZero, .or: .optional
        default: nil
        }
    }
}
