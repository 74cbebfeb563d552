/// When a filter matches, as "and" and "or" over tests of fields: what an index needs to know of a filter.
///
/// Truth in CEL is threefold. Pushing `!` down to the tests keeps it exact: `a && b` is true where both are true, and false
/// where either is *false*; a test that fails is neither. So "this filter is true" is a formula over "this test is true" and
/// "this test is false", in which failures need no place of their own.
package indirect enum PredicateFormula: Sendable {
    /// True or false whatever the event.
    case constant(Bool)
    /// A test of one field.
    case test(FieldPredicate)
    /// Something that only the program can tell.
    case opaque
    /// True where all are.
    case all([PredicateFormula])
    /// True where one is.
    case any([PredicateFormula])
}

extension PredicateFormula {
    /// The same with constants worked out, and no "and" directly in an "and", no "or" directly in an "or".
    var simplified: PredicateFormula {
        switch self {
        case .constant, .test, .opaque: return self
        case .all(let parts), .any(let parts):
            let isAll = if case .all = self { true } else { false }
            var flat: [PredicateFormula] = []
            for part in parts {
                switch part.simplified {
                case .constant(let value): if value != isAll { return .constant(value) }
                case .all(let inner) where isAll: flat += inner
                case .any(let inner) where !isAll: flat += inner
                case let other: flat.append(other)
                }
            }
            if flat.isEmpty { return .constant(isAll) }
            if flat.count == 1 { return flat[0] }
            return isAll ? .all(flat) : .any(flat)
        }
    }
}

extension Filter {
    /// When the filter matches; `slots` holds the slot of each of its ``fields``. Cost: about a microsecond.
    package func formula(slots: [Int]) -> PredicateFormula {
        precondition(slots.count == fields.count, "every field of the filter needs a slot")
        var reader = FormulaReader(program, slots: slots)
        return reader.read().simplified
    }
}

extension BoundFilter {
    /// The bytes that the program takes beyond its source, allocations rounded up.
    package var programBytes: Int {
        let arrays = program.count * (16 + 4 + 2) + program.textCount + 8
        let constants = program.constants.count * 64 + program.sets.count * 400 + program.patterns.count * 2_048
        return 320 + arrays + constants + program.handlers.count * 32 + program.opaque.count * 16
    }
}
