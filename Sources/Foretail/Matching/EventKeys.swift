internal import FieldExtraction

/// The values of the event at hand that the index looks up, one per tracked slot, each hashed once however many probes ask.
@safe struct EventKeys {
    /// A slot that some probe looks at.
    struct Tracked {
        var slot: UInt32
        /// The probes that look at it; 0 if none does any more.
        var uses: UInt32
        /// Those of them that want its hash.
        var hashed: UInt32
    }

    private(set) var tracked = Pile<Tracked>()
    private(set) var keys = Pile<EventKey>()
    private var numbers: [Int: Int] = [:]
    private var freed: [Int] = []
    private var decoded = DecodedTexts()
    let hash: KeyHash

    init(hash: KeyHash) { self.hash = hash }

    func deallocate() {
        tracked.deallocate()
        keys.deallocate()
        decoded.deallocate()
    }

    /// The bytes allocated.
    var bytes: Int { tracked.bytes + keys.bytes + numbers.capacity * 24 + decoded.bytes }

    /// The number of a slot among the tracked ones, if it is.
    func number(of slot: Int) -> Int? { numbers[slot] }

    /// Begins to track a slot for one more probe.
    mutating func track(_ slot: Int, hashed: Bool) -> Int {
        let number: Int
        if let known = numbers[slot] {
            number = known
        } else {
            number = freed.popLast() ?? tracked.count
            let fresh = Tracked(slot: UInt32(slot), uses: 0, hashed: 0)
            if number == tracked.count {
                tracked.append(fresh)
                keys.append(unsafe EventKey(start: UnsafePointer(decoded.start), hash: 0, bits: 0, length: 0, form: 0))
            } else {
                tracked[number] = fresh
            }
            numbers[slot] = number
        }
        var entry = tracked[number]
        entry.uses += 1
        if hashed { entry.hashed += 1 }
        tracked[number] = entry
        return number
    }

    /// Ends the tracking for one probe.
    mutating func untrack(_ number: Int, hashed: Bool) {
        var entry = tracked[number]
        entry.uses -= 1
        if hashed { entry.hashed -= 1 }
        tracked[number] = entry
        if entry.uses == 0 {
            numbers[Int(entry.slot)] = nil
            freed.append(number)
        }
    }

    /// Takes the values of an event. Cost: 2–4 ns a slot.
    mutating func fill(_ row: UnsafePointer<FieldSlot>) {
        decoded.reset()
        for number in 0..<tracked.count {
            let entry = tracked[number]
            if entry.uses == 0 { continue }
            let slot = unsafe row[Int(entry.slot)]
            switch slot.kind {
            case .string:
                var (start, length) = unsafe (slot.start, Int(slot.length))
                if slot.encoding != .plain { unsafe (start, length) = unsafe decoded.decode(slot) }
                let text = unsafe start ?? UnsafePointer(decoded.start)
                let value = unsafe entry.hashed > 0 ? hash.bytes(text, length) : 0
                keys[number] = unsafe EventKey(
                    start: text, hash: value, bits: 0, length: UInt32(truncatingIfNeeded: length), form: ValueForm.text)
            case .integer: setNumber(number, Double(Int64(bitPattern: slot.bits)), entry)
            case .double: setNumber(number, Double(bitPattern: slot.bits), entry)
            case .boolean: setBits(number, slot.bits, form: ValueForm.bool, entry)
            case .null: setBits(number, 0, form: ValueForm.null, entry)
            case .missing: setBits(number, 0, form: ValueForm.missing, nil)
            case .array: setBits(number, 0, form: ValueForm.array, nil)
            case .object: setBits(number, 0, form: ValueForm.object, nil)
            case .timestamp: setBits(number, 0, form: ValueForm.other, nil)
            }
        }
    }

    @inline(__always)
    private func setNumber(_ number: Int, _ value: Double, _ entry: Tracked) {
        // NaN equals nothing and lies in no range.
        if value.isNaN { return setBits(number, 0, form: ValueForm.other, nil) }
        setBits(number, (value == 0 ? 0 : value).bitPattern, form: ValueForm.number, entry)
    }

    @inline(__always)
    private func setBits(_ number: Int, _ bits: UInt64, form: UInt8, _ entry: Tracked?) {
        let hashed = entry?.hashed ?? 0 > 0
        keys[number] = unsafe EventKey(
            start: UnsafePointer(decoded.start), hash: hashed ? hash.bits(bits, form: form) : 0, bits: bits, length: 0,
            form: form)
    }
}
