package import FieldExtraction

/// The tests that remain once an access predicate has fired, as one block of bytes that can lie in anyone's memory.
///
///     4 bytes     number of tests
///     4 bytes     size of the block
///     16 bytes    per test: an instruction, its text at an offset into the block
///     …           the texts and sets
///
/// A conjunction is true if and only if all its tests are, in whatever order: cheap ones come first.
package enum ResidualCode {
    /// The most members of a set that is searched member by member; larger ones are left to the whole program.
    static let memberLimit = 32

    /// The block for a conjunction, a multiple of 8 bytes; nil if some test needs its program.
    package static func encode(_ predicates: [FieldPredicate]) -> [UInt8]? {
        guard predicates.allSatisfy(\.isPortable) else { return nil }
        let predicates = predicates.sorted { $0.rank < $1.rank }
        var block = [UInt8](repeating: 0, count: 8 + 16 * predicates.count)
        unsafe block.withUnsafeMutableBytes { unsafe $0.storeBytes(of: UInt32(predicates.count), as: UInt32.self) }
        for (number, predicate) in predicates.enumerated() {
            var instruction = predicate.instruction
            switch instruction.operation {
            case .fieldAgainstText, .fieldStartsWith, .fieldEndsWith, .fieldContains, .fieldHoldsText:
                instruction.operand = UInt64(block.count) << 32 | UInt64(predicate.text.count)
                block += predicate.text
            case .fieldInSet:
                instruction.operand = UInt64(block.count) << 32 | UInt64(predicate.members.count)
                for member in predicate.members { append(member, to: &block) }
            default: break
            }
            unsafe block.withUnsafeMutableBytes {
                unsafe $0.storeBytes(of: instruction, toByteOffset: 8 + 16 * number, as: Instruction.self)
            }
        }
        while block.count % 8 != 0 { block.append(0) }
        let size = UInt32(block.count)
        unsafe block.withUnsafeMutableBytes { unsafe $0.storeBytes(of: size, toByteOffset: 4, as: UInt32.self) }
        return block
    }

    /// The size of a block in bytes.
    package static func size(_ block: UnsafeRawPointer) -> Int {
        Int(unsafe block.load(fromByteOffset: 4, as: UInt32.self))
    }

    /// A member: its kind, its length in two bytes, its bytes. Sources are shorter than 64 KiB, so lengths fit.
    private static func append(_ member: KeyConstant, to block: inout [UInt8]) {
        var bytes: [UInt8] = []
        switch member {
        case .text(let text): bytes = text
        case .number(let value): bytes = unsafe withUnsafeBytes(of: value.bitPattern) { unsafe Array($0) }
        case .bool(let value): bytes = [value ? 1 : 0]
        case .null: break
        }
        let kind: FieldSlot.Kind =
            switch member {
            case .text: .string
            case .number: .double
            case .bool: .boolean
            case .null: .null
            }
        block += [kind.rawValue, UInt8(bytes.count & 255), UInt8(bytes.count >> 8)]
        block += bytes
    }
}

extension FilterEvaluator {
    /// Whether all tests of a block come out as wanted. Cost: 1–5 ns a test.
    package func holds(_ block: UnsafeRawPointer, row: UnsafePointer<FieldSlot>) -> Bool {
        let count = unsafe Int(block.load(as: UInt32.self))
        let text = unsafe block.assumingMemoryBound(to: UInt8.self)
        for number in 0..<count {
            let instruction = unsafe block.load(fromByteOffset: 8 &+ 16 &* number, as: Instruction.self)
            let slot = unsafe row[Int(instruction.index)]
            let operand = unsafe text + Int(truncatingIfNeeded: instruction.operand >> 32)
            let length = Int(truncatingIfNeeded: instruction.operand & 0xFFFF_FFFF)
            let mask = Comparison(rawValue: instruction.detail)
            let truth: Truth
            switch instruction.operation {
            case .fieldAgainstInteger:
                truth = FieldTest.compare(slot, integer: Int64(bitPattern: instruction.operand), mask, 0)
            case .fieldAgainstDouble:
                truth = FieldTest.compare(slot, double: Double(bitPattern: instruction.operand), mask, 0)
            case .fieldAgainstText: truth = unsafe FieldTest.compare(slot, text: operand, length, mask, 0, scratch)
            case .fieldAgainstBool: truth = FieldTest.compare(slot, bool: instruction.operand, mask, 0)
            case .fieldTruth:
                truth =
                    slot.kind == .boolean
                    ? Truth(bits: UInt32(truncatingIfNeeded: slot.bits)) : Truth(.notBoolean, at: 0)
            case .fieldExists: truth = Truth(slot.kind != .missing)
            case .fieldIsNull:
                truth =
                    slot.kind == .missing
                    ? Truth(.missingField, at: 0) : Truth((slot.kind == .null) == (mask == .equal))
            case .fieldIsKind: truth = FieldTest.isKind(slot, instruction, 0)
            case .fieldStartsWith, .fieldEndsWith, .fieldContains:
                truth = unsafe FieldTest.test(slot, instruction.operation, text: operand, length, 0, scratch)
            case .fieldHoldsText: truth = unsafe FieldTest.holds(slot, text: operand, length, 0, scratch)
            case .fieldInSet: truth = unsafe isMember(slot, operand, length)
            default: return false
            }
            if truth.bits != UInt32(instruction.count) { return false }
        }
        return true
    }

    @inline(never)
    private func isMember(_ slot: FieldSlot, _ members: UnsafePointer<UInt8>, _ count: Int) -> Truth {
        if slot.kind == .missing { return Truth(.missingField, at: 0) }
        let kind = slot.kind == .integer ? .double : slot.kind
        var number = slot.number ?? 0
        if number == 0 { number = 0 }
        let characters = slot.kind == .string ? Characters(slot, scratch) : unsafe Characters(start: members, count: 0)
        var member = unsafe members
        for _ in 0..<count {
            let length = unsafe Int(member[1]) | Int(member[2]) << 8
            if unsafe member[0] == kind.rawValue {
                let bytes = unsafe member + 3
                switch kind {
                case .string:
                    if characters.count == length, unsafe FieldTest.equal(characters.start, bytes, length) {
                        return .isTrue
                    }
                case .double:
                    let bits = unsafe UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
                    if Double(bitPattern: bits) == number { return .isTrue }
                case .boolean: if unsafe UInt64(bytes[0]) == slot.bits { return .isTrue }
                case .null: return .isTrue
                default: break
                }
            }
            unsafe member += 3 + length
        }
        return .isFalse
    }
}
