extension Parser {
    /// Selections, indices and calls after an operand: `a.b`, `a.?b`, `a[0]`, `a[?0]`, `a.f(x)`.
    mutating func member(after operand: SyntaxTree.Reference) throws(FilterError) -> SyntaxTree.Reference {
        var operand = operand
        while true {
            let opening = current
            if take(.dot) {
                operand = try selection(of: operand, at: opening.start)
            } else if take(.openBracket) {
                let optional = take(.question)
                let index = try expression()
                try expect(.closeBracket, toClose: opening)
                operand = try add(
                    .index(operand, index, optional: optional), at: opening.start, over: [operand, index])
            } else if current.kind == .symbol(.openBrace), isName(operand) {
                throw error("messages cannot be built here; write a map such as {'key': value}", code: .unsupported)
            } else {
                return operand
            }
        }
    }

    private func isName(_ reference: SyntaxTree.Reference) -> Bool {
        switch tree[reference].kind {
        case .identifier, .select: true
        default: false
        }
    }

    private mutating func selection(
        of operand: SyntaxTree.Reference, at offset: Int
    ) throws(FilterError) -> SyntaxTree.Reference {
        let optional = take(.question)
        let name = current
        switch name.kind {
        case .quotedIdentifier(let field):
            advance()
            return try add(.select(operand, field, optional: optional), at: name.start, over: [operand])
        case .identifier(let field):
            guard !["in", "true", "false", "null"].contains(field) else {
                throw error("'\(field)' is reserved; write ['\(field)'] to name a field so")
            }
            advance()
            let opening = current
            guard !optional, take(.openParenthesis) else {
                return try add(.select(operand, field, optional: optional), at: name.start, over: [operand])
            }
            let arguments = try expressions(until: .closeParenthesis, opening: opening)
            if let expanded = try expandMember(field, of: operand, arguments, at: name.start) { return expanded }
            return try add(
                .call(field, target: operand, arguments), at: name.start, over: [operand] + arguments)
        default:
            throw unexpected("a field name after '.'")
        }
    }

    /// Expressions separated by commas up to a closing symbol.
    mutating func expressions(
        until closing: Token.Symbol, opening: Token
    ) throws(FilterError) -> [SyntaxTree.Reference] {
        var result: [SyntaxTree.Reference] = []
        if take(closing) { return result }
        while true {
            result.append(try expression())
            if take(closing) { return result }
            if current.kind == .end { try expect(closing, toClose: opening) }
            guard take(.comma) else { throw unexpected("',' or '\(closing.rawValue)'") }
        }
    }

    /// A literal, a name, a global call, a list, a map or something in parentheses.
    mutating func primary() throws(FilterError) -> SyntaxTree.Reference {
        let token = current
        switch token.kind {
        case .integer(let value):
            guard value <= UInt64(Int64.max) else { throw integerTooLarge() }
            return try literal(.int(Int64(value)))
        case .unsigned(let value): return try literal(.uint(value))
        case .double(let value): return try literal(.double(value))
        case .string(let value): return try literal(.string(value))
        case .bytes(let value): return try literal(.bytes(value))
        case .identifier(let name): return try named(name, absolute: false)
        case .symbol(.dot):
            advance()
            guard case .identifier(let name) = current.kind else { throw unexpected("a name after '.'") }
            return try named(name, absolute: true)
        case .symbol(.openParenthesis):
            advance()
            let inner = try expression()
            try expect(.closeParenthesis, toClose: token)
            return inner
        case .symbol(.openBracket):
            advance()
            return try list(opening: token)
        case .symbol(.openBrace):
            advance()
            return try map(opening: token)
        case .quotedIdentifier(let name):
            throw error("a name in backquotes must follow a dot; write event.`\(name)`")
        default:
            throw unexpected("a value")
        }
    }

    private mutating func literal(_ value: Value) throws(FilterError) -> SyntaxTree.Reference {
        let offset = current.start
        advance()
        return try add(.literal(value), at: offset)
    }

    private mutating func named(_ name: String, absolute: Bool) throws(FilterError) -> SyntaxTree.Reference {
        let token = current
        if !absolute {
            switch name {
            case "true": return try literal(.bool(true))
            case "false": return try literal(.bool(false))
            case "null": return try literal(.null)
            case "not", "NOT":
                if case .symbol(let next) = tokens[min(position + 1, tokens.count - 1)].kind, next != .openParenthesis {
                    break
                }
                throw error("'\(name)' is no operator; write '!'")
            default: break
            }
        }
        guard name != "in", !Parser.reserved.contains(name) else {
            throw error("'\(name)' is a reserved word of CEL; a field of that name is event.\(name)")
        }
        advance()
        let opening = current
        guard take(.openParenthesis) else {
            return try add(.identifier(name, absolute: absolute), at: token.start)
        }
        let arguments = try expressions(until: .closeParenthesis, opening: opening)
        if name == "has", !absolute { return try expandHas(arguments, at: token.start) }
        return try add(.call(name, target: nil, arguments), at: token.start, over: arguments)
    }

    private mutating func list(opening: Token) throws(FilterError) -> SyntaxTree.Reference {
        var elements: [SyntaxTree.Reference] = []
        var optional: Set<Int> = []
        while !take(.closeBracket) {
            if take(.question) { optional.insert(elements.count) }
            elements.append(try expression())
            if take(.comma) { continue }
            try expect(.closeBracket, toClose: opening)
            break
        }
        return try add(.list(elements, optional: optional), at: opening.start, over: elements)
    }

    private mutating func map(opening: Token) throws(FilterError) -> SyntaxTree.Reference {
        var entries: [(key: SyntaxTree.Reference, value: SyntaxTree.Reference)] = []
        var optional: Set<Int> = []
        var children: [SyntaxTree.Reference] = []
        while !take(.closeBrace) {
            if take(.question) { optional.insert(entries.count) }
            let key = try expression()
            try expect(.colon)
            let value = try expression()
            entries.append((key, value))
            children.append(key)
            children.append(value)
            if take(.comma) { continue }
            try expect(.closeBrace, toClose: opening)
            break
        }
        return try add(.map(entries, optional: optional), at: opening.start, over: children)
    }
}
