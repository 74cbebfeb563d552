/// A compiled expression: flat instructions and their constants, immutable.
///
/// The buffers are allocated once and freed with the program; nothing is written after `init`.
@safe final class Program: @unchecked Sendable {
    let code: UnsafeMutablePointer<Instruction>
    let count: Int
    let constants: [Value]
    let sets: [ConstantSet]
    /// The tables of the sets, where the fast path finds them without counting references.
    let tables: UnsafeMutablePointer<ConstantTable>
    let patterns: [Pattern]
    let zones: [TimeZone]
    let database: TimeZoneDatabase
    let text: UnsafeMutablePointer<UInt8>
    let handlers: [Handler]
    let handlerNumbers: [UInt16]
    let offsets: [Int32]
    /// The most entries of any of the machine's stacks.
    let capacity: Int
    /// The stretches of code that ``FormulaReader`` does not look into.
    let opaque: [Range<Int>]

    /// Where evaluation goes on when an instruction fails: behind the operand of `&&`, `||` and their like.
    struct Handler {
        var target: Int
        var values: Int
        var truths: Int
        var iterations: Int
    }

    init(_ parts: ProgramParts) {
        unsafe code = .allocate(capacity: max(1, parts.code.count))
        unsafe code.initialize(from: parts.code, count: parts.code.count)
        count = parts.code.count
        constants = parts.constants
        sets = parts.sets
        unsafe tables = Program.tables(of: parts.sets)
        patterns = parts.patterns
        zones = parts.zones
        database = parts.database
        unsafe text = .allocate(capacity: parts.text.count + 8)
        unsafe text.initialize(repeating: 0, count: parts.text.count + 8)
        unsafe text.update(from: parts.text, count: parts.text.count)
        handlers = parts.handlers
        handlerNumbers = parts.handlerNumbers
        offsets = parts.offsets
        capacity = parts.capacity
        opaque = parts.opaque
        self.textCount = parts.text.count
    }

    let textCount: Int

    /// A copy whose field instructions carry `slots[field]`.
    init(_ other: Program, slots: [Int]) {
        unsafe code = .allocate(capacity: max(1, other.count))
        unsafe code.initialize(from: other.code, count: other.count)
        count = other.count
        for place in 0..<count where unsafe code[place].operation.readsField {
            unsafe code[place].index = Int32(slots[Int(code[place].index)])
        }
        constants = other.constants
        sets = other.sets
        unsafe tables = Program.tables(of: other.sets)
        patterns = other.patterns
        zones = other.zones
        database = other.database
        unsafe text = .allocate(capacity: other.textCount + 8)
        unsafe text.initialize(from: other.text, count: other.textCount + 8)
        textCount = other.textCount
        handlers = other.handlers
        handlerNumbers = other.handlerNumbers
        offsets = other.offsets
        capacity = other.capacity
        opaque = other.opaque
    }

    private static func tables(of sets: [ConstantSet]) -> UnsafeMutablePointer<ConstantTable> {
        let tables = UnsafeMutablePointer<ConstantTable>.allocate(capacity: max(1, sets.count))
        for (place, set) in sets.enumerated() { unsafe (tables + place).initialize(to: set.table) }
        return unsafe tables
    }

    deinit {
        unsafe tables.deallocate()
        unsafe code.deallocate()
        unsafe text.deallocate()
    }
}
