public import FieldExtraction

/// Evaluates bound filters on rows of slots, reusing its memory; one per thread.
///
///     var evaluator = FilterEvaluator()
///     if evaluator.evaluate(filter, row: row) == .match { … }
///
/// Comparisons of fields with constants and the logic between them allocate nothing and take a few nanoseconds each.
public struct FilterEvaluator {
    /// The most steps that a macro may take on one event, together with those nested in it.
    public static let stepLimit = 1_000_000

    /// The most bytes of a string or elements of a list that `+`, `replace`, `join` and `format` may build.
    public static let sizeLimit = 4 * 1024 * 1024

    let scratch: Scratch

    /// Creates an evaluator.
    public init() { scratch = Scratch(capacity: 64) }

    /// Evaluates `filter` on one event. `row` must hold the slots of the plan the filter is bound to, and the bytes they
    /// point at must be alive.
    public mutating func evaluate(_ filter: BoundFilter, row: UnsafePointer<FieldSlot>) -> FilterOutcome {
        let program = filter.program
        if program.capacity > scratch.capacity { scratch.grow(to: program.capacity) }
        let truth = unsafe Machine.run(program, row: row, scratch: scratch)
        if truth.bits == 0 { return .noMatch }
        if truth.bits == 1 { return .match }
        return unsafe FilterEvaluator.outcome(truth, program, row)
    }

    private static func outcome(_ truth: Truth, _ program: Program, _ row: UnsafePointer<FieldSlot>) -> FilterOutcome {
        let instruction = unsafe program.code[truth.place]
        let slot = instruction.operation.readsField ? instruction.index : -1
        if truth.failure == .missingField { return .missingField(slot: Int(slot)) }
        let kind = slot >= 0 ? unsafe row[Int(slot)].kind : .missing
        return .failure(
            FilterFailure(
                reason: truth.failure ?? .invalidArgument, instruction: Int32(truth.place), slot: slot, kind: kind))
    }
}
