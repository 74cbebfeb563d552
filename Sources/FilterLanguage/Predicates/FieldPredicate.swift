/// One test of one slot against constants, and whether it is to be true or false: `event.level == "error"`, or the same
/// under a `!`.
package struct FieldPredicate: Sendable {
    /// The instruction, its field a slot; `count` is the truth that is wanted, 1 or 0.
    let instruction: Instruction
    /// The constant text that the instruction refers to.
    let text: [UInt8]
    /// The constants of an instruction that refers to a set.
    let members: [KeyConstant]
    /// The slot it tests.
    package let slot: Int
    /// How an index finds it; nil if it must be tested.
    package let lookup: IndexLookup?

    /// Whether the test can be told without the program it stands in.
    var isPortable: Bool {
        switch instruction.operation {
        case .fieldMatches: false
        case .fieldInSet: !members.isEmpty && members.count <= ResidualCode.memberLimit
        default: true
        }
    }

    /// What the test costs, for putting cheap ones first.
    var rank: Int {
        switch instruction.operation {
        case .fieldExists, .fieldIsNull, .fieldIsKind, .fieldTruth, .fieldAgainstBool: 0
        case .fieldAgainstInteger, .fieldAgainstDouble: 1
        case .fieldAgainstText: 2
        case .fieldStartsWith, .fieldEndsWith: 3
        case .fieldInSet: 4
        default: 5
        }
    }
}
