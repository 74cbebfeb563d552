import FieldExtraction
import FilterLanguage

/// How often a filter could not decide: fields that were missing, values of the wrong type.
public struct FilterCounts: Sendable {
    /// Events that lacked a field the filter needed: no match.
    public private(set) var missing = 0
    /// Events on which the filter failed: no match.
    public private(set) var failed = 0
    /// Of the fields that were missing, the slot of the one missed last.
    private(set) var missingSlot = 0
    /// The failure seen last.
    private(set) var lastFailure: FilterFailure?

    /// Whether nothing went wrong.
    var isEmpty: Bool { missing == 0 && failed == 0 }

    /// Sentences for people; empty where nothing went wrong.
    func descriptions(_ filter: BoundFilter, plan: FieldPlan) -> [String] {
        var sentences: [String] = []
        if failed > 0, let lastFailure {
            sentences.append("\(filter.failureDescription(lastFailure)) (\(failed) events)")
        }
        if missing > 0 {
            sentences.append(
                "filter `\(filter.source)`: \(missing) events have no \(plan.paths[missingSlot]); "
                    + "guard it with has(\(plan.paths[missingSlot])) if that is expected")
        }
        return sentences
    }

    mutating func noteMissing(slot: Int) {
        missing += 1
        missingSlot = slot
    }

    mutating func note(_ failure: FilterFailure) {
        failed += 1
        lastFailure = failure
    }
}
