import FieldExtraction
public import FilterLanguage
@testable import Foretail

/// What must hold of every filter that compiles, whatever its dialect.
public enum FilterCheck {
    /// Evaluates a filter on an event, alone and through an index, and checks that both say the same; nil if the event is
    /// not JSON.
    public static func outcome(_ filter: Filter, _ event: [UInt8]) -> FilterOutcome? {
        let row = EventRow(event, fields: filter.fields)
        guard row.isValid else { return nil }
        let bound = filter.bound(to: row.plan)
        let outcome = row.evaluate(bound)
        switch outcome {
        case .failure(let failure): claim(!bound.failureDescription(failure).isEmpty, "a failure without a sentence")
        case .missingField(let slot): claim((-1..<row.plan.count).contains(slot), "slot \(slot) is not in the plan")
        case .match, .noMatch: break
        }
        var index = FilterIndex(seed: 1)
        let number = index.insert(filter, plan: row.plan)
        let found = index.match(row.slots).map { Int($0) }
        claim(
            found == (outcome.isMatch ? [number] : []),
            "the index finds \(found), evaluating gives \(outcome); \(index.explain(filter, plan: row.plan))")
        index.remove(number)
        claim(index.match(row.slots).isEmpty, "a filter that was removed is found")
        return outcome
    }

    /// Explains a filter and checks the explanation.
    public static func explain(_ filter: Filter) {
        let explanation = filter.explanation
        claim(!explanation.program.isEmpty, "a filter without a program")
        claim(explanation.fields == filter.fields, "the explanation names other fields")
        claim(explanation.estimatedCost == filter.estimatedCost, "the explanation names another cost")
        claim(explanation.description.contains("cost"), "an explanation without its cost")
    }

    /// The last line of an input if it begins with a brace: an event of the input's own; and what stands before it.
    public static func divide(_ input: UnsafeBufferPointer<UInt8>) -> (text: [UInt8], event: [UInt8]?) {
        guard let newline = input.lastIndex(of: 0x0A), newline + 1 < input.count, input[newline + 1] == 0x7B else {
            return (Array(input), nil)
        }
        return (Array(input[..<newline]), Array(input[(newline + 1)...]))
    }
}
