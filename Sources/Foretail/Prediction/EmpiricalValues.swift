import FieldExtraction

/// The last values of fields that cannot be predicted: they enter the samples as they came.
@safe final class EmpiricalValues {
    /// Values kept per field.
    static let depth = 32
    /// The most bytes of a value that is kept.
    static let valueBytes = 4_096

    private struct Ring {
        var kinds: [FieldSlot] = []
        let texts = MetaText()
        var next = 0
    }

    private var rings: [Int: Ring] = [:]

    init() {}

    /// Keeps a value of a field.
    func keep(_ slot: FieldSlot, field: Int) {
        var ring = rings[field] ?? Ring()
        let place = ring.next % Self.depth
        var kept = slot
        if Int(slot.length) > Self.valueBytes {
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
