internal import FieldExtraction

/// Compiles a syntax tree to a flat program, and checks names, arguments and types on the way.
///
/// Every node is compiled for one of two purposes: for its truth (left in the machine's accumulator as false, true or a
/// failure) or for its value (left on the stack). `&&` and `||` work on truths and so absorb failures; a failure inside a
/// value jumps to the handler behind the nearest truth.
struct Compiler {
    let source: [UInt8]
    let limits: FilterLimits
    let tree: SyntaxTree
    let scope: Scope
    var parts = ProgramParts()
    var fields: [FieldPath] = []
    var locals: [(name: String, index: Int)] = []
    var localCount = 0

    /// Failing regions, inner before outer.
    var regions: [(range: Range<Int>, handler: Program.Handler)] = []
    var values = 0
    var truths = 0
    var iterations = 0

    init(source: [UInt8], limits: FilterLimits, tree: SyntaxTree, scope: Scope, zones: TimeZoneDatabase) {
        self.source = source
        self.limits = limits
        self.tree = tree
        self.scope = scope
        parts.database = zones
    }

    /// Compiles a filter: its truth is returned.
    mutating func filter(_ root: SyntaxTree.Reference) throws(FilterError) -> Program {
        try truth(root, whatFor: "the filter")
        emit(.init(operation: .returnTruth), at: root)
        return finished()
    }

    /// Compiles an expression: its value is returned.
    mutating func expression(_ root: SyntaxTree.Reference) throws(FilterError) -> Program {
        _ = try value(root)
        emit(.init(operation: .returnValue), at: root)
        return finished()
    }

    private mutating func finished() -> Program {
        parts.handlerNumbers = Array(repeating: 0, count: parts.code.count)
        for region in regions.reversed() {
            parts.handlers.append(region.handler)
            for place in region.range { parts.handlerNumbers[place] = UInt16(parts.handlers.count) }
        }
        parts.capacity += 8
        return Program(parts)
    }

    // MARK: Emitting

    var here: Int { parts.code.count }

    @discardableResult
    mutating func emit(_ instruction: Instruction, at node: SyntaxTree.Reference) -> Int {
        parts.code.append(instruction)
        parts.offsets.append(Int32(tree[node].offset))
        return parts.code.count - 1
    }

    /// Emits an instruction that changes the height of the value stack.
    @discardableResult
    mutating func emit(_ instruction: Instruction, at node: SyntaxTree.Reference, values change: Int) -> Int {
        values += change
        parts.capacity = max(parts.capacity, values + 1)
        return emit(instruction, at: node)
    }

    /// Lets the jump at `place` lead to the next instruction.
    mutating func land(_ place: Int) { parts.code[place].operand = UInt64(here) }

    mutating func constant(_ value: Value) -> Int32 {
        parts.constants.append(value)
        return Int32(parts.constants.count - 1)
    }

    /// The bytes of constant text, as an operand.
    mutating func text(_ text: String) -> UInt64 {
        let offset = parts.text.count
        parts.text.append(contentsOf: text.utf8)
        return UInt64(offset) << 32 | UInt64(parts.text.count - offset)
    }

    mutating func field(_ path: FieldPath) -> Int32 {
        if let place = fields.firstIndex(of: path) { return Int32(place) }
        fields.append(path)
        return Int32(fields.count - 1)
    }

    func error(_ code: FilterError.Code, _ message: String, at node: SyntaxTree.Reference) -> FilterError {
        FilterError(code, message, at: tree[node].offset, in: source)
    }

    var isFilter: Bool { if case .filter = scope { true } else { false } }

    /// Declares a variable of a macro for as long as its body is compiled.
    mutating func declare(_ name: String) -> Int32 {
        locals.append((name, locals.count))
        parts.capacity = max(parts.capacity, locals.count + 1)
        return Int32(locals.count - 1)
    }

    func local(_ name: String) -> Int32? {
        for local in locals.reversed() where local.name == name { return Int32(local.index) }
        return nil
    }
}
