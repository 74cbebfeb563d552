#if Server
import FieldExtraction
import Foretail

/// Checks framed events before they get positions: what is no JSON object is taken out and reported.
struct EventChecker {
    private var scanner: JSONScanner
    /// What must be there, for CloudEvents.
    private let required: [String]

    /// Creates a checker of events, or of CloudEvents, which have to name their kind and origin.
    init(limits: ScanLimits, isCloudEvent: Bool = false) {
        required = isCloudEvent ? ["specversion", "id", "source", "type"] : []
        scanner = JSONScanner(plan: FieldPlan(required.map { FieldPath($0) }), limits: limits)
    }

    /// Takes out of a batch what is no event.
    mutating func check(_ batch: inout EventBatch, rejections: inout Rejections) {
        for problem in batch.problems { rejections.add(line: problem.line, "\(problem.result)") }
        batch.problems = []
        var kept = 0
        var row = [FieldSlot](repeating: .missing, count: max(1, required.count))
        batch.bytes.withUnsafeBufferPointer { bytes in
            row.withUnsafeMutableBufferPointer { row in
                for index in batch.frames.indices {
                    let frame = batch.frames[index]
                    let body = UnsafeBufferPointer(rebasing: bytes[frame.body])
                    if let reason = fault(of: body, row: row.baseAddress!) {
                        rejections.add(line: frame.line, reason)
                    } else {
                        batch.frames[kept] = frame
                        kept += 1
                    }
                }
            }
        }
        batch.frames.removeLast(batch.frames.count - kept)
    }

    private mutating func fault(
        of body: UnsafeBufferPointer<UInt8>, row: UnsafeMutablePointer<FieldSlot>
    ) -> String? {
        let result = scanner.scan(body, into: row)
        guard result.isValid else { return "\(result)" }
        guard let first = body.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") else {
            return "expected a JSON object"
        }
        for (place, name) in required.enumerated() {
            guard row[place].kind == .string else { return "a CloudEvent needs '\(name)', a string" }
        }
        return nil
    }
}
#endif
