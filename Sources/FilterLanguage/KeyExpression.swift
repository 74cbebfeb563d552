public import FieldExtraction

/// An expression over `event` and `meta` that names what an event needs: its result, as text, is a key.
///
///     let expression = try KeyExpression("event.customer.id")
///     let bound = expression.bound(to: FieldPlan(expression.fields))
///     var evaluator = KeyEvaluator()
///     evaluator.evaluate(bound, row: row)              // "4711"
///
/// All of CEL, as ``Filter``. Strings are keys as they are, numbers and booleans as JSON writes them; integral numbers without
/// a fraction. Of anything else, and where a field is missing, there is no key.
public struct KeyExpression: Sendable {
    /// The expression as it was written.
    public let source: String
    /// The fields the expression reads, each once, in the order of their first use.
    public let fields: [FieldPath]
    let program: Program

    /// Compiles an expression. Throws what is wrong with it, with the column and the remedy.
    public init(
        _ source: String, limits: FilterLimits = .init(), zones: TimeZoneDatabase = .platform
    ) throws(FilterError) {
        let (tree, root) = try Parser.parse(source, limits: limits)
        var compiler = Compiler(source: Array(source.utf8), limits: limits, tree: tree, scope: .filter, zones: zones)
        program = try compiler.expression(root)
        if let excess = ProgramCost.excess(ProgramCost.estimate(compiler.parts), limits) {
            throw FilterError(.limitExceeded, excess, column: 1)
        }
        self.source = source
        fields = compiler.fields
    }

    /// The expression with its fields as slots of `plan`, which must hold all of ``fields``.
    public func bound(to plan: FieldPlan) -> BoundKeyExpression {
        let slots = fields.map { field in
            guard let slot = plan.slot(of: field) else {
                preconditionFailure("the plan must hold every field of the expression; add \(field)")
            }
            return slot
        }
        return BoundKeyExpression(program: Program(program, slots: slots))
    }
}

/// A key expression whose fields are slot numbers of a plan.
public struct BoundKeyExpression: Sendable {
    let program: Program
}

/// Evaluates bound key expressions on rows of slots, reusing its memory; one per thread.
public struct KeyEvaluator {
    private let scratch = Scratch(capacity: 64)

    /// Creates an evaluator.
    public init() {}

    /// The key of one event; nil where the expression has no answer, or one that is no text, number or boolean. `row` must hold
    /// the slots of the plan the expression is bound to, and the bytes they point at must be alive.
    public mutating func evaluate(_ expression: BoundKeyExpression, row: UnsafePointer<FieldSlot>) -> String? {
        let program = expression.program
        if program.capacity > scratch.capacity { scratch.grow(to: program.capacity) }
        let truth = unsafe Machine.run(program, row: row, scratch: scratch)
        guard truth == .isTrue else { return nil }
        return unsafe Self.text(scratch.values.move())
    }

    private static func text(_ value: Value) -> String? {
        switch value.strict {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): "\(number)"
        case .uint(let number): "\(number)"
        case .double(let number): text(number)
        default: nil
        }
    }

    /// Numbers that are whole are written without a fraction, so that 7.0 and 7 are one key.
    private static func text(_ number: Double) -> String? {
        guard number.isFinite else { return nil }
        return Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}
