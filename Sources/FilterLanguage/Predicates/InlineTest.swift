package import FieldExtraction

/// A test of one slot against a number, a boolean, a short text or nothing at all, small enough to stand beside a posting, so
/// that most candidates are decided without a look elsewhere in memory. 12 bytes as laid out by its holder, no references.
@frozen package struct InlineTest: BitwiseCopyable, Sendable {
    /// What is tested.
    @frozen package enum Operation: UInt8, BitwiseCopyable, Sendable {
        /// Nothing: it always holds.
        case none
        /// A number against ``operand`` as a double; `detail` is the mask of accepted comparisons.
        case number
        /// A text of `detail` bytes, which are the ``operand``, equals the slot, or differs from it.
        case textEqual, textDiffers
        /// Something stands in the slot, or nothing does.
        case present, absent
        /// The slot is the boolean ``operand``.
        case bool
    }

    /// The longest text that fits.
    static let textBytes = 8
    /// The comparisons "less", "greater" and "unordered" together: what `!=` accepts.
    @usableFromInline static let differs: UInt8 = 13

    @usableFromInline let operand: UInt64
    @usableFromInline let slot: UInt16
    @usableFromInline let operation: Operation
    @usableFromInline let detail: UInt8

    /// The test that always holds.
    package static var nothing: InlineTest { InlineTest(operation: .none, slot: 0) }

    private init(operation: Operation, slot: Int, detail: UInt8 = 0, operand: UInt64 = 0) {
        self.operation = operation
        self.slot = UInt16(slot)
        self.detail = detail
        self.operand = operand
    }

    /// The inline form of a predicate; nil if it has none.
    package init?(_ predicate: FieldPredicate) {
        guard let slot = UInt16(exactly: predicate.slot) else { return nil }
        let instruction = predicate.instruction
        let wanted = instruction.count == 1
        let mask = Comparison(rawValue: wanted ? instruction.detail : instruction.detail ^ 15)
        let place = Int(slot)
        switch instruction.operation {
        case .fieldExists: self.init(operation: wanted ? .present : .absent, slot: place)
        case .fieldTruth: self.init(operation: .bool, slot: place, operand: wanted ? 1 : 0)
        case .fieldAgainstBool where mask == .equal:
            self.init(operation: .bool, slot: place, operand: instruction.operand)
        case .fieldAgainstInteger:
            let constant = Int64(bitPattern: instruction.operand)
            // Below 2^53 comparing as doubles and as integers is the same.
            guard constant.magnitude < 1 << 53 else { return nil }
            self.init(
                operation: .number, slot: place, detail: mask.rawValue, operand: Double(constant).bitPattern)
        case .fieldAgainstDouble:
            self.init(operation: .number, slot: place, detail: mask.rawValue, operand: instruction.operand)
        case .fieldAgainstText where mask == .equal || mask == .notEqual:
            guard predicate.text.count <= InlineTest.textBytes else { return nil }
            var word: UInt64 = 0
            for (number, byte) in predicate.text.enumerated() { word |= UInt64(byte) << UInt64(8 * number) }
            self.init(
                operation: mask == .equal ? .textEqual : .textDiffers, slot: place,
                detail: UInt8(predicate.text.count), operand: word)
        default: return nil
        }
    }

    /// Whether the test comes out as wanted; a failure does not. Cost: 1–2 ns.
    @inlinable
    package func holds(_ row: UnsafePointer<FieldSlot>) -> Bool {
        if operation == .none { return true }
        let value = unsafe row + Int(slot)
        let kind = unsafe value.pointee.kind
        switch operation {
        case .none: return true
        case .number:
            let constant = Double(bitPattern: operand)
            let number: Double
            switch kind {
            case .integer: number = unsafe Double(Int64(bitPattern: value.pointee.bits))
            case .double: number = unsafe Double(bitPattern: value.pointee.bits)
            default: return detail == InlineTest.differs && kind != .missing
            }
            let comparison: UInt8 = number < constant ? 1 : number == constant ? 2 : number > constant ? 4 : 8
            return detail & comparison != 0
        case .textEqual: return unsafe kind == .string && equals(value.pointee)
        case .textDiffers: return unsafe kind != .missing && !(kind == .string && equals(value.pointee))
        case .present: return kind != .missing
        case .absent: return kind == .missing
        case .bool: return unsafe kind == .boolean && value.pointee.bits == operand
        }
    }

    /// Whether a string is the text.
    @inlinable
    func equals(_ value: FieldSlot) -> Bool {
        if value.encoding != .plain {
            var word = operand.littleEndian
            return unsafe withUnsafeBytes(of: &word) { bytes in
                unsafe value.equals(
                    UnsafeBufferPointer(
                        start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: Int(detail)))
            }
        }
        guard value.length == UInt32(detail) else { return false }
        var word: UInt64 = 0
        guard let start = unsafe value.start else { return detail == 0 }
        for place in 0..<Int(detail) { word |= UInt64(unsafe start[place]) << UInt64(8 &* place) }
        return word == operand
    }
}
