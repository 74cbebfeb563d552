public import FieldExtraction
public import FilterLanguage

/// One JSON event as a row of slots under a plan, metadata beside it; the event's bytes end where their memory ends.
public final class EventRow {
    /// The plan of the row.
    public let plan: FieldPlan
    /// One slot per path of the plan.
    public let slots: UnsafeMutablePointer<FieldSlot>
    /// Whether the event is a JSON text that the scanner takes.
    public let isValid: Bool
    private let texts: [UnsafeMutableBufferPointer<UInt8>]

    /// Scans `event` for the fields of a filter.
    public init(_ event: [UInt8], fields: [FieldPath]) {
        plan = FieldPlan(fields)
        slots = .allocate(capacity: max(1, plan.count))
        slots.initialize(repeating: .missing, count: max(1, plan.count))
        texts = [event, Array("metrics".utf8), Array("web-1".utf8), Array("0:1-42".utf8)].map { text in
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
            _ = copy.initialize(from: text)
            return copy
        }
        var scanner = JSONScanner(plan: plan)
        isValid = scanner.scan(UnsafeBufferPointer(texts[0]), into: slots).isValid
        for (number, path) in plan.paths.enumerated() where path.root == .meta {
            switch path.keys.first {
            case "stream": slots[number] = slot(texts[1])
            case "key": slots[number] = slot(texts[2])
            case "time": slots[number] = Timestamp(microseconds: 1_767_225_600_000_000).slot
            default: slots[number] = slot(texts[3])
            }
        }
    }

    private func slot(_ text: UnsafeMutableBufferPointer<UInt8>) -> FieldSlot {
        FieldSlot(kind: .string, start: UnsafePointer(text.baseAddress), length: text.count)
    }

    /// What the filter says when evaluated on its own.
    public func evaluate(_ bound: BoundFilter) -> FilterOutcome {
        var evaluator = FilterEvaluator()
        return evaluator.evaluate(bound, row: slots)
    }

    deinit {
        slots.deallocate()
        for text in texts { text.deallocate() }
    }
}
