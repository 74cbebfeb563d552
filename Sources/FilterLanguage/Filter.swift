public import FieldExtraction

/// A filter: a CEL expression over `event` (the body) and `meta` (`stream`, `key`, `time`, `position`).
///
///     let filter = try Filter("event.level == 'error' && event.latency_ms > 100")
///     filter.fields                                    // event.level, event.latency_ms
///     let bound = filter.bound(to: FieldPlan(filter.fields))
///     var evaluator = FilterEvaluator()
///     evaluator.evaluate(bound, row: row)              // .match
///
/// Compiling checks syntax, names, arguments, limits and that the result can be a boolean. A missing field is no match;
/// `has(event.a.b)` is false where `event.a` is missing too (plain CEL calls that an error, which no tail wants).
/// The second dialect, event patterns, compiles to the same program: ``init(pattern:limits:)``.
/// Source: the CEL language definition.
public struct Filter: Sendable {
    /// A language that filters are written in.
    public enum Dialect: UInt8, Hashable, Sendable {
        /// An expression of the Common Expression Language.
        case cel
        /// An event pattern in the manner of Amazon EventBridge.
        case pattern
    }

    /// The expression, or the event pattern, as it was written.
    public let source: String
    /// The language of ``source``.
    public let dialect: Dialect
    /// The fields the filter reads, each once, in the order of their first use.
    public let fields: [FieldPath]
    /// What one evaluation is estimated to cost at most, in tests of a field against a constant; see ``FilterLimits/cost``.
    public let estimatedCost: Int
    let program: Program

    /// Compiles a filter. Throws what is wrong with it, with the column and the remedy. Cost: some 10 µs, and as much for each
    /// time zone it names.
    public init(
        _ source: String, limits: FilterLimits = .init(), zones: TimeZoneDatabase = .platform
    ) throws(FilterError) {
        let (tree, root) = try Parser.parse(source, limits: limits)
        var compiler = Compiler(source: Array(source.utf8), limits: limits, tree: tree, scope: .filter, zones: zones)
        self.program = try compiler.filter(root)
        self.estimatedCost = ProgramCost.estimate(compiler.parts)
        if let excess = ProgramCost.excess(estimatedCost, limits) {
            throw FilterError(.limitExceeded, excess, column: 1)
        }
        self.source = source
        self.dialect = .cel
        self.fields = compiler.fields
    }

    /// Compiles a filter in either dialect. Throws as ``init(_:limits:zones:)`` and ``init(pattern:limits:)``.
    public init(
        _ source: String, dialect: Dialect, limits: FilterLimits = .init(), zones: TimeZoneDatabase = .platform
    ) throws(FilterError) {
        switch dialect {
        case .cel: try self.init(source, limits: limits, zones: zones)
        case .pattern: try self.init(pattern: source, limits: limits)
        }
    }

    /// An event pattern, compiled.
    init(pattern: String, fields: [FieldPath], estimatedCost: Int, program: Program) {
        self.source = pattern
        self.dialect = .pattern
        self.fields = fields
        self.estimatedCost = estimatedCost
        self.program = program
    }

    /// The filter with its fields as slots of `plan`, ready to be evaluated on rows of that plan and of all it grows to.
    ///
    /// `plan` must hold all of ``fields``; a plan that does not is a programming error and traps.
    public func bound(to plan: FieldPlan) -> BoundFilter {
        var slots: [Int] = []
        for field in fields {
            guard let slot = plan.slot(of: field) else {
                preconditionFailure("the plan must hold every field of the filter; add \(field)")
            }
            slots.append(slot)
        }
        return BoundFilter(source: source, plan: plan, program: Program(program, slots: slots))
    }
}
