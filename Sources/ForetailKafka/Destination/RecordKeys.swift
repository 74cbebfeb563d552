#if Kafka
import FieldExtraction
import Foretail

/// Cuts rendered records into messages and finds the key of each.
///
/// Unchecked: what its row points to is of no use once a record is cut.
struct RecordKeys: @unchecked Sendable {
    /// One record: its bytes without the newline, and its key in ``keys``.
    struct Message: Sendable {
        var start: Int
        var end: Int
        /// The key's bytes; nil: the record has none.
        var key: Range<Int>?
    }

    private let slots: [Int]
    private var scanner: JSONScanner
    private var row: [FieldSlot]
    private(set) var messages: [Message] = []
    private(set) var keys: [UInt8] = []

    init(_ paths: [FieldPath]) {
        let plan = FieldPlan(paths)
        slots = paths.map { plan.slot(of: $0)! }
        // Records are as long as the events in them may be, and what was rendered is valid.
        var limits = ScanLimits()
        limits.line = .max / 4
        scanner = JSONScanner(plan: plan, limits: limits)
        row = [FieldSlot](repeating: .missing, count: max(1, plan.count))
    }

    /// Cuts records, one a line.
    mutating func cut(_ records: [UInt8]) {
        messages.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        records.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                let end = LineSplitter.newline(in: bytes, from: start) ?? bytes.count
                if end > start {
                    let key = slots.isEmpty ? nil : key(of: UnsafeBufferPointer(rebasing: bytes[start..<end]))
                    messages.append(Message(start: start, end: end, key: key))
                }
                start = end + 1
            }
        }
    }

    private mutating func key(of record: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        let start = keys.count
        var hasKey = false
        row.withUnsafeMutableBufferPointer { row in
            guard scanner.scan(record, into: row.baseAddress!).isValid else { return }
            for (place, number) in slots.enumerated() {
                if place > 0 { keys.append(UInt8(ascii: ",")) }
                let slot = row[number]
                switch slot.kind {
                case .missing, .null: continue
                case .string: JSONString.decode(slot, into: &keys)
                case .boolean: keys += (slot.bits == 1 ? "true" : "false").utf8
                default: keys += slot.text
                }
                hasKey = true
            }
        }
        guard hasKey else {
            keys.removeLast(keys.count - start)
            return nil
        }
        return start..<keys.count
    }
}
#endif
