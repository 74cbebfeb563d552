/// Turns tokens into a syntax tree by recursive descent, bounded by ``FilterLimits/depth`` before it recurses.
///
/// Source: the CEL language definition, "Syntax" (grammar and precedence).
struct Parser {
    let source: [UInt8]
    let limits: FilterLimits
    let tokens: [Token]
    var position = 0
    var depth = 0
    var tree = SyntaxTree()

    /// Words that cannot be variables; as names of fields they are allowed.
    static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]

    /// Parses `text` whole.
    static func parse(
        _ text: String, limits: FilterLimits
    ) throws(FilterError) -> (tree: SyntaxTree, root: SyntaxTree.Reference) {
        let source = Array(text.utf8)
        guard source.count <= limits.sourceBytes else {
            throw FilterError(
                .limitExceeded,
                "the expression has \(source.count) bytes; the limit 'sourceBytes' is \(limits.sourceBytes)", column: 1)
        }
        var parser = Parser(source: source, limits: limits, tokens: try Lexer.tokens(of: source))
        if parser.current.kind == .end { throw parser.error("the expression is empty; write 'true' to match all") }
        let root = try parser.expression()
        guard parser.current.kind == .end else { throw parser.unexpected("an operator or the end") }
        return (parser.tree, root)
    }

    var current: Token { tokens[position] }

    mutating func advance() { if position + 1 < tokens.count { position += 1 } }

    mutating func take(_ symbol: Token.Symbol) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Token.Symbol, toClose opening: Token? = nil) throws(FilterError) {
        if take(symbol) { return }
        if let opening, current.kind == .end {
            throw error("'\(symbol.rawValue)' is missing to close \(opening.text(in: source))", at: opening.start)
        }
        throw unexpected("'\(symbol.rawValue)'")
    }

    func error(_ message: String, at offset: Int? = nil, code: FilterError.Code = .syntax) -> FilterError {
        FilterError(code, message, at: offset ?? current.start, in: source)
    }

    func unexpected(_ expected: String) -> FilterError {
        if case .identifier(let word) = current.kind {
            let operators = ["and": "&&", "or": "||", "AND": "&&", "OR": "||", "is": "=="]
            if let symbol = operators[word] { return error("'\(word)' is no operator; write '\(symbol)'") }
        }
        return error("expected \(expected), found \(current.text(in: source))")
    }

    /// Adds a node above `children`, or refuses it where the tree gets too deep. The first child of a macro is what it walks
    /// over, which is evaluated once: in a chain such as `l.filter(…).map(…)` nothing is nested.
    mutating func add(
        _ kind: SyntaxTree.Kind, at offset: Int, over children: [SyntaxTree.Reference] = [], macro: Bool = false
    ) throws(FilterError) -> SyntaxTree.Reference {
        var depth = 1
        var macroDepth = 0
        for (place, child) in children.enumerated() {
            depth = max(depth, tree[child].depth + 1)
            macroDepth = max(macroDepth, tree[child].macroDepth + (macro && place > 0 ? 1 : 0))
        }
        if macro { macroDepth = max(macroDepth, 1) }
        if depth > limits.depth { throw tooDeep(at: offset) }
        if macroDepth > limits.macroNesting {
            throw error(
                "macros nest deeper than the limit 'macroNesting' of \(limits.macroNesting); split the filter",
                at: offset, code: .limitExceeded)
        }
        tree.nodes.append(.init(kind: kind, offset: offset, depth: depth, macroDepth: macroDepth))
        return tree.nodes.count - 1
    }

    func tooDeep(at offset: Int) -> FilterError {
        error(
            "the expression nests deeper than the limit 'depth' of \(limits.depth); split the filter", at: offset,
            code: .limitExceeded)
    }

    /// `condition ? a : b`, or anything that binds tighter.
    mutating func expression() throws(FilterError) -> SyntaxTree.Reference {
        depth += 1
        defer { depth -= 1 }
        if depth > limits.depth { throw tooDeep(at: current.start) }
        let condition = try logical(.or)
        let offset = current.start
        guard take(.question) else { return condition }
        let first = try logical(.or)
        try expect(.colon)
        let second = try expression()
        return try add(.conditional(condition, first, second), at: offset, over: [condition, first, second])
    }

    /// A chain of `||` over chains of `&&`, each flattened.
    private mutating func logical(_ symbol: Token.Symbol) throws(FilterError) -> SyntaxTree.Reference {
        let offset = current.start
        var operands = [symbol == .or ? try logical(.and) : try relation()]
        while take(symbol) {
            operands.append(symbol == .or ? try logical(.and) : try relation())
        }
        guard operands.count > 1 else { return operands[0] }
        return try add(symbol == .or ? .or(operands) : .and(operands), at: offset, over: operands)
    }

    private mutating func relation() throws(FilterError) -> SyntaxTree.Reference {
        var left = try sum()
        while true {
            let offset = current.start
            if case .identifier("in") = current.kind {
                advance()
                let right = try sum()
                left = try add(.isIn(left, right), at: offset, over: [left, right])
                continue
            }
            guard case .symbol(let symbol) = current.kind, let comparison = Parser.comparison(symbol) else {
                return left
            }
            advance()
            let right = try sum()
            left = try add(.compare(comparison, left, right), at: offset, over: [left, right])
        }
    }

    private static func comparison(_ symbol: Token.Symbol) -> Comparison? {
        switch symbol {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .atMost: .atMost
        case .greater: .greater
        case .atLeast: .atLeast
        default: nil
        }
    }

    private mutating func sum() throws(FilterError) -> SyntaxTree.Reference {
        var left = try product()
        while true {
            let offset = current.start
            let symbol: Arithmetic
            if take(.plus) {
                symbol = .add
            } else if take(.minus) {
                symbol = .subtract
            } else {
                return left
            }
            let right = try product()
            left = try add(.arithmetic(symbol, left, right), at: offset, over: [left, right])
        }
    }

    private mutating func product() throws(FilterError) -> SyntaxTree.Reference {
        var left = try unary()
        while true {
            let offset = current.start
            let symbol: Arithmetic
            if take(.times) {
                symbol = .multiply
            } else if take(.over) {
                symbol = .divide
            } else if take(.modulo) {
                symbol = .remainder
            } else {
                return left
            }
            let right = try unary()
            left = try add(.arithmetic(symbol, left, right), at: offset, over: [left, right])
        }
    }

    /// Any number of `!` or of `-` before an operand; a minus directly before digits belongs to the literal.
    private mutating func unary() throws(FilterError) -> SyntaxTree.Reference {
        var offsets: [Int] = []
        let isNot = current.kind == .symbol(.not)
        let symbol: Token.Symbol = isNot ? .not : .minus
        while current.kind == .symbol(symbol) {
            offsets.append(current.start)
            advance()
        }
        if offsets.count > limits.depth { throw tooDeep(at: offsets[0]) }
        var operand: SyntaxTree.Reference
        if !isNot, let last = offsets.last, let literal = try negativeLiteral(at: last) {
            offsets.removeLast()
            operand = try member(after: literal)
        } else {
            operand = try member(after: try primary())
        }
        for offset in offsets.reversed() {
            operand = try add(isNot ? .not(operand) : .negate(operand), at: offset, over: [operand])
        }
        return operand
    }

    private mutating func negativeLiteral(at offset: Int) throws(FilterError) -> SyntaxTree.Reference? {
        switch current.kind {
        case .integer(let magnitude):
            guard magnitude <= 1 << 63 else { throw integerTooLarge() }
            advance()
            return try add(.literal(.int(Int64(truncatingIfNeeded: 0 &- magnitude))), at: offset)
        case .double(let value):
            advance()
            return try add(.literal(.double(-value)), at: offset)
        default:
            return nil
        }
    }

    func integerTooLarge() -> FilterError {
        error("the integer does not fit 64 bits; write an unsigned one with 'u' or a double with '.0'")
    }
}
