/// What may come of a condition besides a failure. Failures need no place: none ever becomes true or false.
struct Outcomes: Equatable {
    var canBeTrue: Bool
    var canBeFalse: Bool

    static let either = Outcomes(canBeTrue: true, canBeFalse: true)
    static let neither = Outcomes(canBeTrue: false, canBeFalse: false)

    subscript(wanted: Bool) -> Bool { wanted ? canBeTrue : canBeFalse }

    var negated: Outcomes { Outcomes(canBeTrue: canBeFalse, canBeFalse: canBeTrue) }

    /// The outcomes of a value used as a condition: a value that is no boolean fails.
    init(_ values: PossibleValues) {
        self.init(canBeTrue: values.kinds.contains(.isTrue), canBeFalse: values.kinds.contains(.isFalse))
    }

    init(canBeTrue: Bool, canBeFalse: Bool) {
        self.canBeTrue = canBeTrue
        self.canBeFalse = canBeFalse
    }

    /// The outcomes of comparing: values of different types are unequal, and have no order, which is a failure.
    init(_ comparison: Comparison, _ left: PossibleValues, _ right: PossibleValues) {
        self = .neither
        let classes = comparison.isOrdering ? PossibleValues.Kinds.ordered : PossibleValues.Kinds.comparable
        for kinds in classes where !left.kinds.isDisjoint(with: kinds) && !right.kinds.isDisjoint(with: kinds) {
            let found = Outcomes.results(left.only(kinds), right.only(kinds), of: kinds)
            if !found.isDisjoint(with: comparison) { canBeTrue = true }
            if !found.isSubset(of: comparison) { canBeFalse = true }
        }
        guard !comparison.isOrdering, !left.isEmpty, !right.isEmpty else { return }
        let areSometimesUnlike = classes.contains { kinds in
            !left.kinds.isDisjoint(with: kinds) && !right.kinds.isSubset(of: kinds)
        }
        guard areSometimesUnlike else { return }
        if comparison == .notEqual { canBeTrue = true } else { canBeFalse = true }
    }

    /// What comparing two values of one class may give.
    private static func results(
        _ left: PossibleValues, _ right: PossibleValues, of kinds: PossibleValues.Kinds
    ) -> Comparison {
        switch kinds {
        case .numbers: return left.numbers.comparisons(with: right.numbers)
        case .text:
            guard let texts = left.texts, let others = right.texts else { break }
            if texts.isDisjoint(with: others) { return .notEqual }
            if left.isSingle, right.isSingle { return .equal }
        case .bool:
            if left.isSingle, right.isSingle { return left.kinds == right.kinds ? .equal : .notEqual }
        case .null: return .equal
        case .type:
            if left.types & right.types == 0 { return .notEqual }
            if left.isSingle, right.isSingle { return .equal }
        default: break
        }
        return Comparison.notEqual.union(.equal)
    }
}
