internal import FieldExtraction
#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The tests of one slot against constants. They touch the event's bytes where they stand and allocate nothing, except
/// for strings that are written with escapes.
enum FieldTest {
    /// A number against a whole number of at most 2^53.
    @inline(__always)
    static func compare(_ slot: FieldSlot, integer: Int64, _ mask: Comparison, _ place: Int) -> Truth {
        if slot.kind == .integer {
            return Truth(!mask.isDisjoint(with: Comparison(Int64(bitPattern: slot.bits), integer)))
        }
        if slot.kind == .double {
            return Truth(!mask.isDisjoint(with: Comparison(Double(bitPattern: slot.bits), Double(integer))))
        }
        return mismatch(slot, mask, place)
    }

    /// A number against a double.
    @inline(__always)
    static func compare(_ slot: FieldSlot, double: Double, _ mask: Comparison, _ place: Int) -> Truth {
        if slot.kind == .double {
            return Truth(!mask.isDisjoint(with: Comparison(Double(bitPattern: slot.bits), double)))
        }
        if slot.kind == .integer {
            return Truth(!mask.isDisjoint(with: Comparison(Int64(bitPattern: slot.bits), double)))
        }
        return mismatch(slot, mask, place)
    }

    /// A boolean against a constant, for equality only.
    @inline(__always)
    static func compare(_ slot: FieldSlot, bool: UInt64, _ mask: Comparison, _ place: Int) -> Truth {
        guard slot.kind == .boolean else { return mismatch(slot, mask, place) }
        return Truth((slot.bits == bool) == (mask == .equal))
    }

    /// What a comparison gives for a slot of another type: a failure where the field is missing or an order is asked
    /// for, otherwise unequal.
    @inline(never)
    static func mismatch(_ slot: FieldSlot, _ mask: Comparison, _ place: Int) -> Truth {
        if slot.kind == .missing { return Truth(.missingField, at: place) }
        if mask.isOrdering { return Truth(.noSuchOverload, at: place) }
        return Truth(mask == .notEqual)
    }

    /// A string against constant text.
    @inline(__always)
    static func compare(
        _ slot: FieldSlot, text: UnsafePointer<UInt8>, _ count: Int, _ mask: Comparison, _ place: Int,
        _ scratch: Scratch
    ) -> Truth {
        guard slot.kind == .string else { return mismatch(slot, mask, place) }
        if mask.isOrdering {
            let characters = Characters(slot, scratch)
            return unsafe Truth(!mask.isDisjoint(with: order(characters.start, characters.count, text, count)))
        }
        if slot.encoding == .plain {
            guard Int(slot.length) == count else { return Truth(mask == .notEqual) }
            guard count > 0, let start = unsafe slot.start else { return Truth(mask == .equal) }
            return Truth(unsafe equal(start, text, count) == (mask == .equal))
        }
        return Truth(unsafe slot.equals(UnsafeBufferPointer(start: text, count: count)) == (mask == .equal))
    }

    /// Whether two runs of `count` bytes are equal, eight at a time.
    @inline(__always)
    static func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let left = unsafe UnsafeRawPointer(left)
        let right = unsafe UnsafeRawPointer(right)
        var place = 0
        while place &+ 8 <= count {
            let first = unsafe left.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if unsafe first != right.loadUnaligned(fromByteOffset: place, as: UInt64.self) { return false }
            place &+= 8
        }
        if place &+ 4 <= count {
            let first = unsafe left.loadUnaligned(fromByteOffset: place, as: UInt32.self)
            if unsafe first != right.loadUnaligned(fromByteOffset: place, as: UInt32.self) { return false }
            place &+= 4
        }
        while place < count {
            let first = unsafe left.load(fromByteOffset: place, as: UInt8.self)
            if unsafe first != right.load(fromByteOffset: place, as: UInt8.self) { return false }
            place &+= 1
        }
        return true
    }

    private static func order(
        _ left: UnsafePointer<UInt8>, _ leftCount: Int, _ right: UnsafePointer<UInt8>, _ rightCount: Int
    ) -> Comparison {
        var place = 0
        while place < leftCount, place < rightCount {
            let (first, second) = unsafe (left[place], right[place])
            if first != second { return first < second ? .less : .greater }
            place += 1
        }
        return Comparison(Int64(leftCount), Int64(rightCount))
    }

    /// `startsWith`, `endsWith`, `contains` of a string slot with constant text.
    static func test(
        _ slot: FieldSlot, _ operation: Instruction.Operation, text: UnsafePointer<UInt8>, _ count: Int, _ place: Int,
        _ scratch: Scratch
    ) -> Truth {
        guard slot.kind == .string else { return needsText(slot, place) }
        let characters = Characters(slot, scratch)
        guard characters.count >= count else { return .isFalse }
        switch operation {
        case .fieldStartsWith: return Truth(unsafe equal(characters.start, text, count))
        case .fieldEndsWith: return Truth(unsafe equal(characters.start + (characters.count - count), text, count))
        default: return Truth(unsafe contains(characters.start, characters.count, text, count))
        }
    }

    static func needsText(_ slot: FieldSlot, _ place: Int) -> Truth {
        Truth(slot.kind == .missing ? .missingField : .noSuchOverload, at: place)
    }

    /// Whether the text occurs: short ones by their first byte and then the rest, long ones by a rolling hash, so that no
    /// text makes it quadratic. `count` may be 0.
    static func contains(
        _ bytes: UnsafePointer<UInt8>, _ length: Int, _ text: UnsafePointer<UInt8>, _ count: Int
    ) -> Bool {
        if count == 0 { return true }
        if count > 16 { return unsafe containsLong(bytes, length, text, count) }
        var place = 0
        while place &+ count <= length {
            let rest = length &- count &+ 1 &- place
            guard let found = unsafe memchr(bytes + place, Int32(text[0]), rest) else { return false }
            place = unsafe UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
            if unsafe equal(bytes + place, text, count) { return true }
            place &+= 1
        }
        return false
    }

    /// Source: R. Karp, M. Rabin, "Efficient Randomized Pattern-Matching Algorithms" (1987).
    private static func containsLong(
        _ bytes: UnsafePointer<UInt8>, _ length: Int, _ text: UnsafePointer<UInt8>, _ count: Int
    ) -> Bool {
        guard count <= length else { return false }
        let base: UInt64 = 0x9E37_79B9_7F4A_7C15
        var (wanted, hash, leaving): (UInt64, UInt64, UInt64) = (0, 0, 1)
        for place in 0..<count {
            wanted = wanted &* base &+ UInt64(unsafe text[place])
            hash = hash &* base &+ UInt64(unsafe bytes[place])
            if place > 0 { leaving = leaving &* base }
        }
        var place = 0
        while true {
            if hash == wanted, unsafe equal(bytes + place, text, count) { return true }
            guard place &+ count < length else { return false }
            hash = (hash &- UInt64(unsafe bytes[place]) &* leaving) &* base &+ UInt64(unsafe bytes[place &+ count])
            place &+= 1
        }
    }

    /// Membership of a slot in a set of constants.
    @inline(__always)
    static func isMember(
        _ slot: FieldSlot, _ program: Program, _ number: Int, _ place: Int, _ scratch: Scratch
    ) -> Truth {
        let table = unsafe program.tables[number]
        switch slot.kind {
        case .string:
            let characters = Characters(slot, scratch)
            return Truth(unsafe table.contains(characters.start, characters.count))
        case .integer:
            let value = Int64(bitPattern: slot.bits)
            return Truth(
                value.magnitude <= 1 << 53 ? table.contains(Double(value)) : program.sets[number].contains(.int(value)))
        case .double: return Truth(table.contains(Double(bitPattern: slot.bits)))
        case .boolean: return Truth(slot.bits == 1 ? table.hasTrue : table.hasFalse)
        case .null: return Truth(table.hasNull)
        case .missing: return Truth(.missingField, at: place)
        case .object, .array, .timestamp: return .isFalse
        }
    }

    /// Whether the slot is of the kind in the instruction's operand, or not.
    @inline(__always)
    static func isKind(_ slot: FieldSlot, _ instruction: Instruction, _ place: Int) -> Truth {
        if slot.kind == .missing { return Truth(.missingField, at: place) }
        let isEqual = Comparison(rawValue: instruction.detail) == .equal
        return Truth((UInt64(slot.kind.rawValue) == instruction.operand) == isEqual)
    }

    /// Whether an array slot holds the text as an element, or an object slot as a key.
    static func holds(
        _ slot: FieldSlot, text: UnsafePointer<UInt8>, _ count: Int, _ place: Int, _ scratch: Scratch
    ) -> Truth {
        switch slot.kind {
        case .missing: return Truth(.missingField, at: place)
        case .array, .object:
            if let found = unsafe ElementSearch.find(text, count, in: slot) { return Truth(found) }
            let wanted = unsafe UnsafeBufferPointer(start: text, count: count)
            guard let container = Value(slot) else { return Truth(.noSuchOverload, at: place) }
            return Truth(container.holds(.string(unsafe String(decoding: wanted, as: UTF8.self))) ?? false)
        default: return Truth(.noSuchOverload, at: place)
        }
    }
}
