import FieldExtraction
import FilterLanguage

/// All filters of a stream: finds the ones that an event, or a sample of a predicted event, satisfies.
///
/// Requests with the same filter share one group and one evaluation. A group's number is its place in `matches(_:)`'s result.
struct MatchIndex {
    /// A filter and who asked for it.
    struct Group {
        /// The filter; nil matches every event.
        let filter: Filter?
        /// Its program on the stream's plan.
        var program: BoundFilter?
        /// The requests with this filter, in the order they came.
        var requests: [TailRequestID]
        /// How often the filter could not decide for want of a field, or failed.
        var failures = FilterCounts()
        /// Whether one of its requests asks for predictions, so that samples must be matched.
        var isPredicted = false
    }

    /// The groups; a group whose last request has left stays as nil until another filter takes its place.
    private(set) var groups: [Group?] = []
    private var numbers: [String: Int] = [:]
    private var evaluator = FilterEvaluator()

    /// Adds a request and returns the number of its group.
    mutating func insert(_ id: TailRequestID, filter: Filter?, predicts: Bool, plan: FieldPlan) -> Int {
        let source = filter?.source ?? ""
        if let number = numbers[source] {
            groups[number]?.requests.append(id)
            if predicts { groups[number]?.isPredicted = true }
            return number
        }
        var group = Group(filter: filter, program: filter?.bound(to: plan), requests: [id])
        group.isPredicted = predicts
        let number = groups.firstIndex { $0 == nil } ?? groups.count
        if number == groups.count { groups.append(group) } else { groups[number] = group }
        numbers[source] = number
        return number
    }

    /// Removes a request from its group.
    mutating func remove(_ id: TailRequestID, group number: Int, stillPredicted: Bool) {
        groups[number]?.requests.removeAll { $0 == id }
        groups[number]?.isPredicted = stillPredicted
        if let group = groups[number], group.requests.isEmpty {
            numbers[group.filter?.source ?? ""] = nil
            groups[number] = nil
        }
    }

    /// Finds the groups whose filter the event satisfies, ascending.
    ///
    /// - Parameter row: The event's slots under the stream's plan.
    mutating func match(_ row: UnsafePointer<FieldSlot>, into matches: inout [Int]) {
        matches.removeAll(keepingCapacity: true)
        for number in groups.indices {
            guard let program = groups[number]?.program else {
                if groups[number] != nil { matches.append(number) }
                continue
            }
            switch unsafe evaluator.evaluate(program, row: row) {
            case .match: matches.append(number)
            case .noMatch: break
            case .missingField(let slot): groups[number]?.failures.noteMissing(slot: Int(slot))
            case .failure(let failure): groups[number]?.failures.note(failure)
            }
        }
    }

    /// Counts, for every predicted group, one more match if a sample satisfies it.
    ///
    /// - Parameters:
    ///   - row: The sample's slots under the stream's plan.
    ///   - counts: Matches by group number.
    mutating func matchSample(_ row: UnsafePointer<FieldSlot>, into counts: inout [Int]) {
        for number in groups.indices where groups[number]?.isPredicted == true {
            guard let program = groups[number]?.program else {
                counts[number] += 1
                continue
            }
            if case .match = unsafe evaluator.evaluate(program, row: row) { counts[number] += 1 }
        }
    }
}
