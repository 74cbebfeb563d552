internal import FieldExtraction

/// An expression over variables of one's own: all of CEL, with a value as its result.
///
///     let expression = try Expression("price * 2 > limit", variables: ["price", "limit"])
///     try expression.evaluate(bindings: ["price": .int(3), "limit": .int(5)])     // .bool(true)
///
/// Names are resolved as CEL does: in the container first, the longest dotted variable wins. Unknown names and functions
/// fail at run time, so that `unknown || true` is true. Filters are compiled by ``Filter``, which is stricter and faster.
public struct Expression: Sendable {
    /// The expression as it was written.
    public let source: String
    /// The names of the variables it may use.
    public let variables: [String]
    /// What one evaluation is estimated to cost at most; see ``FilterLimits/cost``.
    public let estimatedCost: Int
    let program: Program

    /// Compiles an expression. Throws what is wrong with it.
    public init(
        _ source: String, variables: [String] = [], container: String = "", limits: FilterLimits = .init(),
        zones: TimeZoneDatabase = .platform
    ) throws(FilterError) {
        let (tree, root) = try Parser.parse(source, limits: limits)
        let scope = Scope.expression(variables: variables, container: container)
        var compiler = Compiler(source: Array(source.utf8), limits: limits, tree: tree, scope: scope, zones: zones)
        self.program = try compiler.expression(root)
        self.estimatedCost = ProgramCost.estimate(compiler.parts)
        if let excess = ProgramCost.excess(estimatedCost, limits) {
            throw FilterError(.limitExceeded, excess, column: 1)
        }
        self.source = source
        self.variables = variables
    }

    /// Evaluates the expression. Throws the failure with its place; a variable without a binding fails where it is used.
    public func evaluate(bindings: [String: Value] = [:]) throws(FilterError) -> Value {
        let scratch = Scratch(capacity: program.capacity)
        scratch.variables = variables.map { bindings[$0] }
        let row = UnsafeMutablePointer<FieldSlot>.allocate(capacity: 1)
        defer { unsafe row.deallocate() }
        let truth = unsafe Machine.run(program, row: row, scratch: scratch)
        guard truth == .isTrue else {
            let failure = truth.failure ?? .invalidArgument
            throw FilterError(
                .evaluation, failure.explanation + "; " + failure.remedy, at: Int(program.offsets[truth.place]),
                in: Array(source.utf8))
        }
        return unsafe scratch.values.move()
    }
}
