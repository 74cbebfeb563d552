internal import FieldExtraction

/// Looking up every string of an array, or every key of an object.
extension FilterIndex {
    /// Walks over an array where it stands; what is written with escapes, and objects, are taken apart.
    @inline(never)
    mutating func probeElements(_ slot: FieldSlot, _ probe: Int, _ row: UnsafePointer<FieldSlot>) {
        guard slot.kind == .array, let bytes = unsafe slot.start else { return unsafe probeParts(slot, probe, row) }
        let end = Int(slot.length) - 1
        var place = 1
        var depth = 0
        while place < end {
            switch unsafe bytes[place] {
            case UInt8(ascii: "\""):
                let start = place &+ 1
                place = start
                while unsafe bytes[place] != UInt8(ascii: "\"") {
                    if unsafe bytes[place] == UInt8(ascii: "\\") { return unsafe probeParts(slot, probe, row) }
                    place &+= 1
                }
                if depth == 0 { unsafe probeElement(bytes + start, place &- start, probe, row) }
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth &+= 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth &-= 1
            default: break
            }
            place &+= 1
        }
    }

    private mutating func probeElement(
        _ start: UnsafePointer<UInt8>, _ length: Int, _ probe: Int, _ row: UnsafePointer<FieldSlot>
    ) {
        var key = unsafe EventKey(
            start: start, hash: 0, bits: 0, length: UInt32(truncatingIfNeeded: length), form: ValueForm.text)
        let tag = unsafe KeyHash.tag(hash.bytes(start, length), salt: probes[probe].salt)
        if sieve.mayHold(tag) { unsafe find(tag, from: Int(tag) & table.mask, probe, &key, nil, row) }
    }

    /// The rare cases. What is nested too deeply to be taken apart fails in the evaluator, and has no elements here.
    private mutating func probeParts(_ slot: FieldSlot, _ probe: Int, _ row: UnsafePointer<FieldSlot>) {
        texts.reset()
        switch JSONValue(slot) {
        case .array(let elements):
            for element in elements {
                if case .string(let text) = element { unsafe probePart(Array(text.utf8), probe, row) }
            }
        case .object(let members): for member in members { unsafe probePart(Array(member.key.utf8), probe, row) }
        default: break
        }
    }

    private mutating func probePart(_ bytes: [UInt8], _ probe: Int, _ row: UnsafePointer<FieldSlot>) {
        let (start, length) = unsafe texts.keep(bytes)
        if let start = unsafe start { unsafe probeElement(start, length, probe, row) }
    }
}
