internal import FilterLanguage

/// How often values occur, measured on every 32nd event: counts by hash for equalities and prefixes, recent numbers for
/// ranges. Halved now and then, so that it follows the stream.
///
/// Before ``least`` samples, and for slots nothing has looked at yet, a fixed order serves.
struct Selectivity {
    /// Samples before measurements are believed.
    static let least = 256
    private static let buckets = 1_024
    private static let numbersKept = 64
    private static let halving = 32_768

    /// What was seen in one tracked slot.
    private struct Sample {
        var counts = [UInt16](repeating: 0, count: Selectivity.buckets)
        var present = 0
        var arrays = 0
        var since = 0
        var numbers: [Double] = []
        var next = 0
    }

    private(set) var samples = 0
    private var slots: [Int: Sample] = [:]
    private let hash: KeyHash

    init(hash: KeyHash) { self.hash = hash }

    /// The bytes allocated.
    var bytes: Int { slots.count * (Selectivity.buckets * 2 + Selectivity.numbersKept * 8 + 128) }

    /// Takes the values of an event. Cost: some 20 ns a slot.
    mutating func observe(_ keys: EventKeys) {
        samples += 1
        for number in 0..<keys.tracked.count where keys.tracked[number].uses > 0 {
            take(keys.keys[number], slot: Int(keys.tracked[number].slot))
        }
        if samples >= Selectivity.halving { halve() }
    }

    private mutating func take(_ key: EventKey, slot: Int) {
        slots[slot, default: Sample()].since += 1
        if key.form == ValueForm.missing { return }
        slots[slot]?.present += 1
        switch key.form {
        case ValueForm.array: slots[slot]?.arrays += 1
        case ValueForm.text:
            let length = Int(key.length)
            count(unsafe hash.bytes(key.start, length), slot: slot)
            for prefix in [4, 8, 16] where prefix < length { count(unsafe ~hash.bytes(key.start, prefix), slot: slot) }
        case ValueForm.number:
            count(hash.bits(key.bits, form: key.form), slot: slot)
            let value = Double(bitPattern: key.bits)
            let next = slots[slot]!.next
            if slots[slot]!.numbers.count < Selectivity.numbersKept {
                slots[slot]!.numbers.append(value)
            } else {
                slots[slot]!.numbers[next] = value
            }
            slots[slot]!.next = (next + 1) % Selectivity.numbersKept
        case ValueForm.bool, ValueForm.null: count(hash.bits(key.bits, form: key.form), slot: slot)
        default: break
        }
    }

    private mutating func count(_ hash: UInt64, slot: Int) {
        slots[slot]!.counts[Int(hash >> 40) & (Selectivity.buckets - 1)] &+= 1
    }

    private mutating func halve() {
        samples /= 2
        for slot in slots.keys {
            slots[slot]!.present /= 2
            slots[slot]!.since /= 2
            slots[slot]!.arrays /= 2
            for place in 0..<Selectivity.buckets { slots[slot]!.counts[place] /= 2 }
        }
    }

    private func sample(_ slot: Int) -> Sample? {
        guard let sample = slots[slot], sample.since >= Selectivity.least else { return nil }
        return sample
    }

    private func share(_ hash: UInt64, in sample: Sample) -> Double {
        let count = Double(sample.counts[Int(hash >> 40) & (Selectivity.buckets - 1)])
        return max(count, 0.5) / Double(sample.since)
    }

    /// The share of events in which a slot passes a look-up.
    func share(_ lookup: IndexLookup, slot: Int) -> Double {
        guard let sample = sample(slot) else { return Selectivity.guess(lookup) }
        let present = Double(sample.present) / Double(sample.since)
        switch lookup {
        case .equality(let keys): return min(1, keys.reduce(0) { $0 + share($1.hash(hash), in: sample) })
        case .prefix(let text):
            guard let length = [16, 8, 4].first(where: { $0 <= text.count }) else { return present }
            return min(present, share(~KeyConstant.text(Array(text[..<length])).hash(hash), in: sample))
                / Double(1 + text.count - length)
        case .element: return present * 0.02
        case .range(let low, let high):
            guard !sample.numbers.isEmpty else { return 0.5 / Double(sample.since) }
            let inside = sample.numbers.reduce(0) { $0 + ($1 >= low && $1 <= high ? 1 : 0) }
            return present * (Double(inside) + 0.5) / Double(sample.numbers.count + 1)
        case .array: return (Double(sample.arrays) + 0.5) / Double(sample.since)
        case .present: return present
        case .absent: return 1 - present
        }
    }

    /// The order of look-ups before anything is known.
    private static func guess(_ lookup: IndexLookup) -> Double {
        switch lookup {
        case .equality(let keys):
            keys.reduce(0) { sum, key in
                switch key {
                case .text: sum + 0.001
                case .number: sum + 0.01
                case .bool: sum + 0.5
                case .null: sum + 0.1
                }
            }
        case .prefix(let text): 0.02 / Double(1 + text.count)
        case .element: 0.01
        case .range(let low, let high): low.isFinite && high.isFinite ? 0.05 : 0.4
        case .array: 0.05
        case .present: 0.5
        case .absent: 0.3
        }
    }
}
