import FieldExtraction
import FilterLanguage

@testable import Foretail

/// An index and, beside it, every filter evaluated on its own: what the index finds must be the same.
struct LinearScan: ~Copyable {
    var index: FilterIndex
    var plan: FieldPlan
    private(set) var filters: [Int: (source: String, bound: BoundFilter)] = [:]
    private var evaluator = FilterEvaluator()

    init(fields: [String], seed: UInt64? = nil) {
        plan = FieldPlan(fields.map { FieldPath($0) })
        index = FilterIndex(seed: seed)
    }

    @discardableResult
    mutating func insert(_ source: String, dialect: Filter.Dialect = .cel) throws -> Int {
        let filter = try Filter(source, dialect: dialect)
        for field in filter.fields { plan.add(field) }
        let number = index.insert(filter, plan: plan)
        filters[number] = (source, filter.bound(to: plan))
        return number
    }

    mutating func remove(_ number: Int) {
        index.remove(number)
        if index.uses(of: number) == 0 { filters[number] = nil }
    }

    /// What the index finds for an event.
    mutating func found(_ event: String) -> [Int] {
        let bytes = Array(event.utf8)
        var scanner = JSONScanner(plan: plan)
        let row = FieldRow(count: plan.count)
        return bytes.withUnsafeBufferPointer { text in
            precondition(scanner.scan(text, into: row.slots).isValid, "a test's event is valid: \(event)")
            return index.match(row.slots).map { Int($0) }
        }
    }

    /// What evaluating every filter finds.
    mutating func expected(_ event: String) -> [Int] {
        let bytes = Array(event.utf8)
        var scanner = JSONScanner(plan: plan)
        let row = FieldRow(count: plan.count)
        return bytes.withUnsafeBufferPointer { text in
            _ = scanner.scan(text, into: row.slots)
            return filters.keys.sorted().filter { evaluator.evaluate(filters[$0]!.bound, row: row.slots).isMatch }
        }
    }

    /// The filters on which the two differ, with the event, for a message; nil if they agree.
    mutating func difference(_ event: String) -> String? {
        let (found, expected) = (found(event), expected(event))
        if found == expected { return nil }
        let differing = Set(found).symmetricDifference(expected).sorted().prefix(3)
        return "\(event): \(differing.map { filters[$0]?.source ?? "gone" }) or a repetition in \(found)"
    }
}
