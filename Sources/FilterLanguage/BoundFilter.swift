internal import FieldExtraction

/// A filter whose fields are slot numbers of a plan: immutable, and shared freely between threads.
public struct BoundFilter: Sendable {
    /// The expression as it was written.
    public let source: String
    /// The plan's paths by slot number, for messages.
    let paths: [FieldPath]
    let program: Program

    init(source: String, plan: FieldPlan, program: Program) {
        self.source = source
        self.paths = plan.paths
        self.program = program
    }

    /// A sentence about a failure: `filter, column 11: event.cpu is a string here …; compare numbers with numbers …`.
    public func failureDescription(_ failure: FilterFailure) -> String {
        let offset = Int(program.offsets[Int(failure.instruction)])
        var subject = failure.reason.explanation
        if failure.slot >= 0, Int(failure.slot) < paths.count {
            subject = "\(paths[Int(failure.slot)]) is \(failure.found): \(subject)"
        }
        let message = subject + "; " + failure.reason.remedy
        return FilterError(.evaluation, message, at: offset, in: Array(source.utf8)).description
    }
}
