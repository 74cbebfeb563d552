extension Parser {
    /// `has(a.b)`: whether the field is there.
    mutating func expandHas(
        _ arguments: [SyntaxTree.Reference], at offset: Int
    ) throws(FilterError) -> SyntaxTree.Reference {
        guard arguments.count == 1, case .select(let operand, let field, false) = tree[arguments[0]].kind else {
            throw error("has() takes one field, such as has(event.user.id)", at: offset)
        }
        return try add(.has(operand, field), at: offset, over: [operand])
    }

    /// Expands `operand.name(arguments)` if it is a macro; nil if it is an ordinary call.
    mutating func expandMember(
        _ name: String, of operand: SyntaxTree.Reference, _ arguments: [SyntaxTree.Reference], at offset: Int
    ) throws(FilterError) -> SyntaxTree.Reference? {
        let count = arguments.count
        switch (name, count) {
        case ("all", 2): return try predicate(.all, operand, arguments, variables: 1, offset)
        case ("all", 3): return try predicate(.all, operand, arguments, variables: 2, offset)
        case ("exists", 2): return try predicate(.exists, operand, arguments, variables: 1, offset)
        case ("exists", 3): return try predicate(.exists, operand, arguments, variables: 2, offset)
        case ("exists_one", 2), ("existsOne", 2):
            return try predicate(.existsOne, operand, arguments, variables: 1, offset)
        case ("exists_one", 3), ("existsOne", 3):
            return try predicate(.existsOne, operand, arguments, variables: 2, offset)
        case ("filter", 2): return try predicate(.filter, operand, arguments, variables: 1, offset)
        case ("map", 2), ("map", 3): return try transform(.map, operand, arguments, variables: 1, offset)
        case ("transformList", 3), ("transformList", 4):
            return try transform(.transformList, operand, arguments, variables: 2, offset)
        case ("transformMap", 3), ("transformMap", 4):
            return try transform(.transformMap, operand, arguments, variables: 2, offset)
        case ("transformMapEntry", 3), ("transformMapEntry", 4):
            return try transform(.transformMapEntry, operand, arguments, variables: 2, offset)
        case ("optMap", 2), ("optFlatMap", 2):
            let variable = try variable(arguments[0], of: name)
            return try add(
                .optionalMap(operand, variable, arguments[1], flat: name == "optFlatMap"), at: offset,
                over: [operand, arguments[1]])
        case ("bind", 3):
            guard case .identifier("cel", _) = tree[operand].kind else { return nil }
            let variable = try variable(arguments[0], of: name)
            return try add(
                .bind(variable, arguments[1], arguments[2]), at: offset, over: Array(arguments[1...]),
                macro: true)
        case ("all", _), ("exists", _), ("exists_one", _), ("filter", _), ("map", _):
            throw error(
                "\(name)() takes a variable and an expression, such as event.tags.\(name)(t, t != '')", at: offset,
                code: .wrongArgumentCount)
        default: return nil
        }
    }

    private func variable(_ reference: SyntaxTree.Reference, of macro: String) throws(FilterError) -> String {
        guard case .identifier(let name, false) = tree[reference].kind else {
            throw error("the first argument of \(macro)() must be a plain name", at: tree[reference].offset)
        }
        return name
    }

    private func variables(
        _ arguments: [SyntaxTree.Reference], _ count: Int, _ kind: Macro.Kind
    ) throws(FilterError) -> [String] {
        var names: [String] = []
        for argument in arguments.prefix(count) {
            let name = try variable(argument, of: "\(kind)")
            guard !names.contains(name) else {
                throw error("the two variables have one name, '\(name)'", at: tree[argument].offset)
            }
            names.append(name)
        }
        return names
    }

    private mutating func predicate(
        _ kind: Macro.Kind, _ range: SyntaxTree.Reference, _ arguments: [SyntaxTree.Reference], variables count: Int,
        _ offset: Int
    ) throws(FilterError) -> SyntaxTree.Reference {
        let names = try variables(arguments, count, kind)
        let macro = Macro(kind: kind, range: range, variables: names, condition: arguments[count])
        return try add(.macro(macro), at: offset, over: [range, arguments[count]], macro: true)
    }

    private mutating func transform(
        _ kind: Macro.Kind, _ range: SyntaxTree.Reference, _ arguments: [SyntaxTree.Reference], variables count: Int,
        _ offset: Int
    ) throws(FilterError) -> SyntaxTree.Reference {
        let names = try variables(arguments, count, kind)
        let hasCondition = arguments.count == count + 2
        let macro = Macro(
            kind: kind, range: range, variables: names, condition: hasCondition ? arguments[count] : nil,
            result: arguments[arguments.count - 1])
        return try add(.macro(macro), at: offset, over: [range] + arguments.dropFirst(count), macro: true)
    }
}
