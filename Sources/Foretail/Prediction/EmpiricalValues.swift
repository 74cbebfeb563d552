import FieldExtraction
import Forecasting

/// The last values of fields that cannot be predicted: they enter the samples as they came.
@safe final class EmpiricalValues {
    /// Values kept per field.
    let depth: Int
    /// The most bytes of a value that is kept.
    let valueBytes: Int

    fileprivate struct Ring {
        var kinds: [FieldSlot] = []
        let texts = MetaText()
        var next = 0
    }

    fileprivate var rings: [Int: Ring] = [:]

    init(depth: Int = 32, valueBytes: Int = 4_096) {
        self.depth = depth
        self.valueBytes = valueBytes
    }

    /// The memory held, in bytes, at most.
    var byteCount: Int { rings.count * depth * (valueBytes + MemoryLayout<FieldSlot>.stride) }

    /// Keeps a value of a field.
    func keep(_ slot: FieldSlot, field: Int) {
        var ring = rings[field] ?? Ring()
        let place = ring.next % depth
        var kept = slot
        if Int(slot.length) > valueBytes {
            kept = .missing
        } else if slot.length > 0 {
            let text = unsafe ring.texts.keep(Array(slot.text), at: place)
            unsafe kept.start = text.start
        }
        if place < ring.kinds.count { ring.kinds[place] = kept } else { ring.kinds.append(kept) }
        ring.next += 1
        rings[field] = ring
    }

    /// The k-th of the kept values, cyclically; missing where there are none.
    func value(field: Int, _ k: Int) -> FieldSlot {
        guard let ring = rings[field], !ring.kinds.isEmpty else { return .missing }
        return ring.kinds[k % ring.kinds.count]
    }
}

extension EmpiricalValues {
    /// Writes the values kept of so many fields as JSON, or reads them back: they are scanned again as those of an event.
    func pass(through coder: inout SnapshotCoder, fieldCount: Int) throws(SnapshotError) {
        var scanner = JSONScanner(plan: FieldPlan([FieldPath("v")]))
        let row = FieldRow(count: 1)
        for field in 0..<fieldCount {
            let count = try coder.count(rings[field]?.kinds.count ?? 0, upTo: depth, bytesEach: 8)
            if count == 0 { continue }
            for place in 0..<count {
                var text = coder.isReading ? [] : Self.json(rings[field]!.kinds[place])
                try coder.pass(list: &text, upTo: valueBytes + 2, empty: 0)
                guard coder.isReading else { continue }
                let event = Array(#"{"v":"#.utf8) + text + [UInt8(ascii: "}")]
                let kept = unsafe event.withUnsafeBufferPointer { event in
                    guard unsafe scanner.scan(event, into: row.slots).isValid else { return false }
                    keep(row[0], field: field)
                    return true
                }
                try coder.check(kept || text.isEmpty, "a value is no JSON")
                if !kept { keep(.missing, field: field) }
            }
            var next = rings[field]?.next ?? 0
            try coder.pass(&next)
            try coder.check(count == depth ? next >= count : next == count, "a ring is filled elsewhere")
            if coder.isReading { rings[field]?.next = next }
        }
    }

    /// A value as JSON; empty for one that is missing.
    private static func json(_ slot: FieldSlot) -> [UInt8] {
        switch slot.kind {
        case .missing, .timestamp: return []
        case .null: return Array("null".utf8)
        case .boolean: return Array((slot.bits == 1 ? "true" : "false").utf8)
        case .integer, .double, .object, .array: return unsafe Array(slot.text)
        case .string:
            let quote = [UInt8(ascii: "\"")]
            return unsafe quote + Array(slot.text) + quote
        }
    }
}
