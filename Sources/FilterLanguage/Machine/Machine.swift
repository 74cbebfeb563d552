internal import FieldExtraction

/// Runs programs: an accumulator for the truth, and stacks for all else.
///
/// The loop here does the tests of fields and the logic between them; everything that works on values is out of line in
/// ``Machine/runValues()``, so that the fast path stays small.
@safe struct Machine {
    let program: Program
    let row: UnsafePointer<FieldSlot>
    let scratch: Scratch
    var place = 0
    var truth = Truth.isFalse
    var truths = 0
    var values = 0

    @inline(__always)
    init(_ program: Program, row: UnsafePointer<FieldSlot>, scratch: Scratch) {
        self.program = program
        unsafe self.row = row
        self.scratch = scratch
    }

    /// Runs to the end. The truth is the result, or `isTrue` with the value on the stack, or the failure.
    @inline(__always)
    static func run(_ program: Program, row: UnsafePointer<FieldSlot>, scratch: Scratch) -> Truth {
        let code = unsafe program.code
        let text = unsafe UnsafePointer(program.text)
        let stack = unsafe scratch.truths
        var place = 0
        var truth = Truth.isFalse
        var truths = 0
        var values = 0
        while true {
            let instruction = unsafe code[place]
            switch instruction.operation {
            case .fieldAgainstInteger:
                let mask = Comparison(rawValue: instruction.detail)
                let constant = Int64(bitPattern: instruction.operand)
                truth = FieldTest.compare(unsafe row[Int(instruction.index)], integer: constant, mask, place)
            case .fieldAgainstDouble:
                let mask = Comparison(rawValue: instruction.detail)
                let constant = Double(bitPattern: instruction.operand)
                truth = FieldTest.compare(unsafe row[Int(instruction.index)], double: constant, mask, place)
            case .fieldAgainstText:
                truth = unsafe FieldTest.compare(
                    row[Int(instruction.index)], text: text + Int(instruction.operand >> 32),
                    Int(instruction.operand & 0xFFFF_FFFF), Comparison(rawValue: instruction.detail), place, scratch)
            case .fieldAgainstBool:
                let mask = Comparison(rawValue: instruction.detail)
                truth = FieldTest.compare(unsafe row[Int(instruction.index)], bool: instruction.operand, mask, place)
            case .fieldTruth:
                let slot = unsafe row[Int(instruction.index)]
                if slot.kind == .boolean {
                    truth = Truth(bits: UInt32(truncatingIfNeeded: slot.bits))
                } else {
                    truth = Truth(slot.kind == .missing ? .missingField : .notBoolean, at: place)
                }
            case .fieldExists:
                truth = Truth(unsafe row[Int(instruction.index)].kind != .missing)
            case .fieldIsNull:
                let slot = unsafe row[Int(instruction.index)]
                truth =
                    slot.kind == .missing
                    ? Truth(.missingField, at: place)
                    : Truth((slot.kind == .null) == (Comparison(rawValue: instruction.detail) == .equal))
            case .fieldIsKind:
                truth = FieldTest.isKind(unsafe row[Int(instruction.index)], instruction, place)
            case .fieldStartsWith, .fieldEndsWith, .fieldContains:
                truth = unsafe FieldTest.test(
                    row[Int(instruction.index)], instruction.operation, text: text + Int(instruction.operand >> 32),
                    Int(instruction.operand & 0xFFFF_FFFF), place, scratch)
            case .fieldInSet:
                truth = FieldTest.isMember(
                    unsafe row[Int(instruction.index)], program, instruction.target, place, scratch)
            case .fieldHoldsText:
                truth = unsafe FieldTest.holds(
                    row[Int(instruction.index)], text: text + Int(instruction.operand >> 32),
                    Int(instruction.operand & 0xFFFF_FFFF), place, scratch)
            case .fieldMatches:
                let slot = unsafe row[Int(instruction.index)]
                if slot.kind == .string {
                    let pattern = program.patterns[instruction.target]
                    truth = Truth(pattern.matches(Characters(slot, scratch)))
                } else {
                    truth = FieldTest.needsText(slot, place)
                }

            case .setTruth: truth = Truth(bits: UInt32(truncatingIfNeeded: instruction.index))
            case .not: truth = truth.negated
            case .andFirst, .orFirst:
                // A decided operand leaves at once; a failure is kept until some operand decides, or to the end.
                if truth.bits == (instruction.operation == .andFirst ? 0 : 1) {
                    place = instruction.target
                    continue
                }
                unsafe stack[truths] = truth.bits
                truths &+= 1
            case .andNext, .orNext:
                if truth.bits == (instruction.operation == .andNext ? 0 : 1) {
                    truths &-= 1
                    place = instruction.target
                    continue
                }
                if truth.isFailure { unsafe stack[truths &- 1] = truth.bits }
            case .andLast, .orLast:
                truths &-= 1
                if truth.bits != (instruction.operation == .andLast ? 0 : 1), !truth.isFailure {
                    truth = Truth(bits: unsafe stack[truths])
                }
            case .jump:
                place = instruction.target
                continue
            case .jumpIfFalse:
                if truth.bits == 0 {
                    place = instruction.target
                    continue
                }
            case .jumpOnFailure:
                if truth.isFailure {
                    place = instruction.target
                    continue
                }
            case .returnTruth: return truth
            default:
                var machine = unsafe Machine(program, row: row, scratch: scratch)
                machine.place = place
                machine.truth = truth
                machine.truths = truths
                machine.values = values
                let goesOn = machine.runValues()
                truth = machine.truth
                truths = machine.truths
                values = machine.values
                if !goesOn { return truth }
                place = machine.place
                continue
            }
            place &+= 1
        }
    }

    /// Runs instructions on values, as many as follow one another. False at the end, and at a failure that nothing
    /// handles.
    @inline(never)
    mutating func runValues() -> Bool {
        var instruction = unsafe program.code[place]
        repeat {
            let failed = place
            do throws(Failure) {
                guard try execute(instruction) else { return false }
            } catch {
                guard raise(Truth(error, at: failed)) else { return false }
            }
            instruction = unsafe program.code[place]
        } while instruction.operation.worksOnValues
        return true
    }

    /// Goes on at the handler of the current instruction, its stacks as high as they were there.
    private mutating func raise(_ failure: Truth) -> Bool {
        truth = failure
        let number = Int(program.handlerNumbers[place])
        let handler =
            number == 0 ? Program.Handler(target: 0, values: 0, truths: 0, iterations: 0) : program.handlers[number - 1]
        while values > handler.values { _ = pop() }
        if scratch.iterations.count > handler.iterations {
            scratch.iterations.removeLast(scratch.iterations.count - handler.iterations)
        }
        truths = handler.truths
        place = handler.target
        return number != 0
    }

    @inline(__always)
    mutating func push(_ value: consuming Value) {
        unsafe (scratch.values + values).initialize(to: value)
        values &+= 1
    }

    @inline(__always)
    mutating func pop() -> Value {
        values &-= 1
        return unsafe (scratch.values + values).move()
    }

    /// Raises the failure in the accumulator from inside a value.
    mutating func raiseTruth() -> Bool { raise(truth) }
}
