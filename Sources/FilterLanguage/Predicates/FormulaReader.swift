internal import FieldExtraction

/// Reads the formula of a filter back out of its flat program.
///
/// The program and not the source, so that every dialect that compiles to programs can be indexed, and a test is what the
/// machine would execute. `&&` and `||` are found by the instructions behind their operands: a chain's first operand is
/// followed by `andFirst`, the middle ones by `andNext`, the last by `andLast`.
struct FormulaReader {
    private let program: Program
    private let slots: [Int]
    private var place = 0
    /// The end of the opaque stretch that begins at an instruction, the outermost; empty if there is none.
    private var ends: [Int] = []

    /// A truth as it stands in the program.
    private indirect enum Node {
        case test(Int)
        case opaque
        case constant(Bool)
        case not(Node)
        case and([Node])
        case or([Node])
    }

    init(_ program: Program, slots: [Int]) {
        self.program = program
        self.slots = slots
        guard !program.opaque.isEmpty else { return }
        ends = Array(repeating: 0, count: program.count)
        for range in program.opaque { ends[range.lowerBound] = max(ends[range.lowerBound], range.upperBound) }
    }

    /// The formula of the whole program; ``PredicateFormula/opaque`` where it has some other shape.
    mutating func read() -> PredicateFormula {
        guard let node = parse(), place < program.count, isEnd else { return .opaque }
        return formula(node, wanted: true)
    }

    /// Whether the program returns here, as it is or with a failure turned into false, which is no match either way.
    private var isEnd: Bool {
        if operation == .returnTruth { return true }
        guard operation == .jumpOnFailure, place + 3 < program.count else { return false }
        let (target, then, last) = unsafe (program.code[place].target, program.code[place + 1], program.code[place + 2])
        return target == place + 2 && then.operation == .returnTruth && last.operation == .setTruth && last.index == 0
    }

    private var operation: Instruction.Operation { unsafe program.code[place].operation }

    private mutating func parse() -> Node? {
        guard var node = primary() else { return nil }
        while place < program.count {
            switch operation {
            case .not:
                place += 1
                node = .not(node)
            case .andFirst:
                guard let operands = chain(from: node, next: .andNext, last: .andLast) else { return nil }
                node = .and(operands)
            case .orFirst:
                guard let operands = chain(from: node, next: .orNext, last: .orLast) else { return nil }
                node = .or(operands)
            default: return node
            }
        }
        return nil
    }

    private mutating func chain(
        from first: Node, next: Instruction.Operation, last: Instruction.Operation
    ) -> [Node]? {
        var operands = [first]
        while true {
            place += 1
            guard let operand = parse(), place < program.count else { return nil }
            operands.append(operand)
            if operation == last {
                place += 1
                return operands
            }
            guard operation == next else { return nil }
        }
    }

    private mutating func primary() -> Node? {
        guard place < program.count else { return nil }
        if !ends.isEmpty, ends[place] > place {
            place = ends[place]
            return .opaque
        }
        let instruction = unsafe program.code[place]
        defer { place += 1 }
        if instruction.operation == .setTruth { return .constant(instruction.index == 1) }
        return instruction.operation.isFieldTest ? .test(place) : nil
    }

    private func formula(_ node: Node, wanted: Bool) -> PredicateFormula {
        switch node {
        case .constant(let value): return .constant(value == wanted)
        case .opaque: return .opaque
        case .not(let operand): return formula(operand, wanted: !wanted)
        case .and(let operands), .or(let operands):
            let parts = operands.map { formula($0, wanted: wanted) }
            let isAnd = if case .and = node { true } else { false }
            return isAnd == wanted ? .all(parts) : .any(parts)
        case .test(let place): return .test(predicate(at: place, wanted: wanted))
        }
    }

    private func predicate(at place: Int, wanted: Bool) -> FieldPredicate {
        var instruction = unsafe program.code[place]
        let slot = slots[Int(instruction.index)]
        instruction.index = Int32(slot)
        instruction.count = wanted ? 1 : 0
        var text: [UInt8] = []
        var members: [KeyConstant] = []
        switch instruction.operation {
        case .fieldAgainstText, .fieldStartsWith, .fieldEndsWith, .fieldContains, .fieldHoldsText:
            let start = unsafe program.text + Int(instruction.operand >> 32)
            text = unsafe Array(UnsafeBufferPointer(start: start, count: Int(instruction.operand & 0xFFFF_FFFF)))
        case .fieldInSet: members = program.sets[instruction.target].table.members
        default: break
        }
        return FieldPredicate(
            instruction: instruction, text: text, members: members, slot: slot,
            lookup: FormulaReader.lookup(instruction, text, members, wanted: wanted))
    }

    private static func lookup(
        _ instruction: Instruction, _ text: [UInt8], _ members: [KeyConstant], wanted: Bool
    ) -> IndexLookup? {
        let mask = Comparison(rawValue: wanted ? instruction.detail : instruction.detail ^ 15)
        switch instruction.operation {
        case .fieldTruth: return .equality([.bool(wanted)])
        case .fieldExists: return wanted ? .present : .absent
        case .fieldIsNull: return mask == .equal ? .equality([.null]) : nil
        case .fieldIsKind:
            return mask == .equal && instruction.operand == UInt64(FieldSlot.Kind.array.rawValue) ? .array : nil
        case .fieldAgainstBool: return mask == .equal ? .equality([.bool(instruction.operand == 1)]) : nil
        case .fieldAgainstText: return mask == .equal ? .equality([.text(text)]) : nil
        case .fieldAgainstInteger:
            let constant = Int64(bitPattern: instruction.operand)
            // From 2^53 on an integer of the event and a double of the same value compare differently.
            return constant.magnitude < 1 << 53 ? numeric(Double(constant), mask) : nil
        case .fieldAgainstDouble: return numeric(Double(bitPattern: instruction.operand), mask)
        case .fieldStartsWith: return wanted ? .prefix(text) : nil
        case .fieldHoldsText: return wanted ? .element(text) : nil
        case .fieldInSet: return wanted && !members.isEmpty ? .equality(members) : nil
        default: return nil
        }
    }

    private static func numeric(_ constant: Double, _ mask: Comparison) -> IndexLookup? {
        guard constant.isFinite else { return nil }
        let constant = constant == 0 ? 0 : constant
        switch mask {
        case .equal: return .equality([.number(constant)])
        case .less: return .range(low: -.infinity, high: constant.nextDown)
        case .atMost: return .range(low: -.infinity, high: constant)
        case .greater: return .range(low: constant.nextUp, high: .infinity)
        case .atLeast: return .range(low: constant, high: .infinity)
        default: return nil
        }
    }
}

extension ConstantTable {
    /// The constants, each once; empty if one is a number from 2^53 on, which an index cannot mirror.
    fileprivate var members: [KeyConstant] {
        var found: Set<KeyConstant> = []
        for entry in 0..<(unsafe entries.count) {
            let entry = unsafe entries[entry]
            if entry.length == .max { continue }
            let start = unsafe UnsafePointer(bytes + Int(entry.offset))
            found.insert(.text(unsafe Array(UnsafeBufferPointer(start: start, count: Int(entry.length)))))
        }
        for place in 0..<(unsafe numbers.count) {
            let number = unsafe numbers[place]
            guard number.magnitude < 0x1p53 else { return [] }
            found.insert(.number(number == 0 ? 0 : number))
        }
        if hasTrue { found.insert(.bool(true)) }
        if hasFalse { found.insert(.bool(false)) }
        if hasNull { found.insert(.null) }
        // A set has no order of its own; the index shall not depend on the process.
        return found.sorted { $0.sortKey.lexicographicallyPrecedes($1.sortKey) }
    }
}

extension KeyConstant {
    /// Bytes that differ for different constants.
    fileprivate var sortKey: [UInt8] {
        switch self {
        case .null: [0]
        case .bool(let value): [1, value ? 1 : 0]
        case .number(let value): [2] + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
        case .text(let bytes): [3] + bytes
        }
    }
}
