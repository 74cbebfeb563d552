/// One instruction of a program: 16 bytes, no references.
struct Instruction {
    /// What an instruction does. "Sets the truth" means: the machine's accumulator becomes false, true or a failure.
    enum Operation: UInt8 {
        // Fields against constants, straight on the slots. `index` is the field (unbound) or the slot (bound).
        case fieldTruth, fieldExists, fieldIsNull
        case fieldAgainstInteger, fieldAgainstDouble, fieldAgainstText, fieldAgainstBool
        case fieldStartsWith, fieldEndsWith, fieldContains, fieldMatches, fieldInSet, fieldHoldsText
        /// `operand` is the kind of slot.
        case fieldIsKind

        // The truth. `operand` is the place to jump to.
        case setTruth, not
        case andFirst, andNext, andLast, orFirst, orNext, orLast
        case jump, jumpOnFailure, jumpIfFalse, returnTruth

        // Values on the stack. All from here on are executed out of line.
        case pushTruth, popTruth, jumpUnlessTrue, pushConstant, pushField, pushOptionalField, pushLocal, storeLocal,
            pushVariable, fail
        case select, selectOptional, at, atOptional, hasKey
        case makeList, makeMap, arithmetic, negate, compare, isIn, isInSet, call, matchesConstant, callInZone
        case unwrapOptional, wrapOptional, requireOptional

        // Iterations. `index` is the first variable's local.
        case begin, next, allStep, existsStep, existsOneStep, skipUnlessTrue, collect, collectElement, collectEntry
        case collectMapEntry, endTruth, endValue
        case returnValue

        /// Whether the instruction works on values, and not on truths and slots alone.
        @inline(__always) var worksOnValues: Bool { rawValue >= Operation.pushTruth.rawValue }

        /// Whether the instruction tests a field against constants.
        var isFieldTest: Bool { rawValue <= Operation.fieldIsKind.rawValue }

        /// Whether `index` names a field.
        var readsField: Bool {
            isFieldTest || self == .pushField || self == .pushOptionalField
        }
    }

    var operation: Operation
    /// A comparison, an arithmetic operator, a function or a failure, by its raw value.
    var detail: UInt8 = 0
    /// The number of operands on the stack.
    var count: UInt16 = 0
    /// A field, constant, local or variable.
    var index: Int32 = 0
    /// A jump's target, a constant's bits, or the offset (upper half) and length (lower half) of constant text.
    var operand: UInt64 = 0

    @inline(__always) var target: Int { Int(truncatingIfNeeded: operand) }
}
