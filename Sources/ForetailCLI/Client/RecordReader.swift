#if Server
import FieldExtraction
import Foretail

/// Reads the lines of an answer as records.
struct RecordReader {
    private var scanner: JSONScanner
    private let row: FieldRow
    private static let paths = ["kind", "position", "to", "cursor", "reason", "event"]
    /// The longest line that is taken, far beyond what a server writes.
    static let lineBytes = 64 << 20
    /// What a record may hold: more than an event, which stands within it.
    static let limits: ScanLimits = {
        var limits = Limits().scan
        limits.line = lineBytes
        limits.depth += 4
        limits.fields = .max
        return limits
    }()

    init() {
        let plan = FieldPlan(Self.paths.map { FieldPath([$0]) })
        scanner = JSONScanner(plan: plan, limits: Self.limits)
        row = FieldRow(count: plan.count)
    }

    /// Reads a line; nil where it is no record.
    mutating func read(_ line: UnsafeBufferPointer<UInt8>) -> RemoteRecord? {
        guard scanner.scan(line, into: row.slots).isValid, row.slots[0].kind == .string else { return nil }
        let kind: RemoteRecord.Kind =
            switch JSONString.string(row.slots[0]) {
            case "event": .event
            case "prediction": .prediction
            case "outcome": .outcome
            case "gap": .gap
            case "watch": .watch
            case "heartbeat": .heartbeat
            case "end": .end
            default: .other
            }
        var record = RemoteRecord(kind: kind)
        switch kind {
        case .event:
            record.cursor = text(1)
            let event = row.slots[5]
            if event.kind != .missing, let start = event.text.baseAddress, let base = line.baseAddress {
                record.event = start - base..<start - base + event.text.count
            }
        case .gap: record.cursor = text(2)
        case .heartbeat: record.cursor = text(3)
        case .end:
            record.cursor = text(3)
            record.reason = text(4)
        case .prediction, .outcome, .watch, .other: break
        }
        return record
    }

    private func text(_ number: Int) -> String? {
        row.slots[number].kind == .string ? JSONString.string(row.slots[number]) : nil
    }
}
#endif
