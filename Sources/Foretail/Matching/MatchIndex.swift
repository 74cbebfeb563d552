import FieldExtraction
import FilterLanguage

/// All filters of a stream: finds the ones that an event, or a sample of a predicted event, satisfies.
///
/// Requests with the same filter share one group and one evaluation. A group's number is its place in `matches(_:)`'s result.
/// The finding is ``FilterIndex``'s; here stands who asked for what, and why filters could not decide. Up to
/// ``exactLimit`` groups are simply evaluated, so that every failure is counted; beyond, the index passes over filters that
/// cannot match, and failures are sampled: every 64th event one group in turn.
///
/// A copy shares the index; one stream has one.
struct MatchIndex {
    /// A filter and who asked for it.
    struct Group {
        /// The filter; nil matches every event.
        let filter: Filter?
        /// Its program on the stream's plan; kept while all groups are evaluated, and for those that failed.
        var program: BoundFilter?
        /// The requests with this filter, in the order they came.
        var requests: [TailRequestID]
        /// How often the filter could not decide for want of a field, or failed.
        var failures = FilterCounts()
        /// Whether one of its requests asks for predictions, so that samples must be matched.
        var isPredicted = false
    }

    /// Groups up to which each is evaluated for every event.
    static let exactLimit = 16
    /// Events between two looks at a group's failures beyond that.
    private static let failureSampling = 64

    /// The groups; a group whose last request has left stays as nil until another filter takes its place.
    private(set) var groups: [Group?] = []
    /// The groups that are there.
    private var count = 0
    /// Those of them that were added when there were more than ``exactLimit``, and so may have no program.
    private var unbound: Set<Int> = []
    /// By group, its place among those whose samples are counted, or -1.
    private var samplePlaces: [Int32] = []
    private let box = FilterIndexBox()
    private var evaluator = FilterEvaluator()
    private var plan = FieldPlan()
    private var untilFailureSample = MatchIndex.failureSampling
    private var nextFailureSample = 0

    /// Filters without access predicate, which are evaluated for every event.
    var scannedCount: Int { box.index.scannedCount }

    /// Whether a filter must be refused: it has no access predicate, and ``FilterIndex/scanLimit`` others have none already.
    func mustRefuse(_ filter: Filter?, plan: FieldPlan) -> Bool {
        guard let filter, box.index.isScanFull else { return false }
        return box.index.needsScan(filter, plan: plan)
    }

    /// Adds a request and returns the number of its group.
    mutating func insert(_ id: TailRequestID, filter: Filter?, predicts: Bool, plan: FieldPlan) -> Int {
        if plan.count != self.plan.count { self.plan = plan }
        let number = box.index.insert(filter, plan: plan)
        if number < groups.count, groups[number] != nil {
            groups[number]?.requests.append(id)
            if predicts { predict(number) }
            return number
        }
        count += 1
        var group = Group(filter: filter, program: nil, requests: [id])
        if count <= MatchIndex.exactLimit {
            group.program = filter?.bound(to: plan)
        } else if filter != nil {
            unbound.insert(number)
        }
        while groups.count <= number {
            groups.append(nil)
            samplePlaces.append(-1)
        }
        groups[number] = group
        if predicts { predict(number) }
        return number
    }

    /// Notes that samples are matched with a group's filter; for that its program is kept.
    private mutating func predict(_ number: Int) {
        groups[number]?.isPredicted = true
        if groups[number]?.program == nil, let filter = groups[number]?.filter {
            groups[number]?.program = filter.bound(to: plan)
        }
    }

    /// Removes a request from its group.
    mutating func remove(_ id: TailRequestID, group number: Int, stillPredicted: Bool) {
        guard let place = groups[number]?.requests.firstIndex(of: id) else { return }
        groups[number]?.requests.remove(at: place)
        groups[number]?.isPredicted = stillPredicted
        box.index.remove(number)
        if let group = groups[number], group.requests.isEmpty {
            groups[number] = nil
            unbound.remove(number)
            count -= 1
        }
    }

    /// Finds the groups whose filter the event satisfies, ascending.
    ///
    /// - Parameter row: The event's slots under the stream's plan.
    mutating func match(_ row: UnsafePointer<FieldSlot>, into matches: inout [Int]) {
        matches.removeAll(keepingCapacity: true)
        if unbound.isEmpty {
            for number in groups.indices {
                if unsafe evaluate(number, row) { matches.append(number) }
            }
            return
        }
        let found = unsafe box.index.match(row)
        for place in 0..<found.count { matches.append(unsafe Int(found[place])) }
        untilFailureSample -= 1
        if untilFailureSample <= 0 { unsafe sampleFailures(row) }
    }

    /// Prepares for samples of a series whose requests are of these groups.
    mutating func beginSamples(of sampled: [Int]) {
        guard sampled.count > MatchIndex.exactLimit else { return }
        for (place, number) in sampled.enumerated() { samplePlaces[number] = Int32(place) }
    }

    /// Ends what ``beginSamples(of:)`` began.
    mutating func endSamples(of sampled: [Int]) {
        guard sampled.count > MatchIndex.exactLimit else { return }
        for number in sampled { samplePlaces[number] = -1 }
    }

    /// Counts one more match for every one of these groups whose filter a sample satisfies. A few groups are evaluated, for
    /// many the sample goes through the index as an event does.
    ///
    /// - Parameters:
    ///   - row: The sample's slots under the stream's plan.
    ///   - sampled: The groups, as given to ``beginSamples(of:)``.
    ///   - counts: Matches by the group's place among them, from `start` on.
    mutating func matchSample(
        _ row: UnsafePointer<FieldSlot>, of sampled: [Int], into counts: inout [Int], at start: Int
    ) {
        if sampled.count <= MatchIndex.exactLimit {
            for (place, number) in sampled.enumerated() {
                guard let program = groups[number]?.program else { continue }
                if case .match = unsafe evaluator.evaluate(program, row: row) { counts[start + place] += 1 }
            }
            return
        }
        let found = unsafe box.index.match(row, isSample: true)
        for place in 0..<found.count {
            let sample = unsafe samplePlaces[Int(found[place])]
            if sample >= 0 { counts[start + Int(sample)] += 1 }
        }
    }

    /// Evaluates a group that has its program, and counts its failures.
    private mutating func evaluate(_ number: Int, _ row: UnsafePointer<FieldSlot>) -> Bool {
        guard let program = groups[number]?.program else { return groups[number] != nil }
        switch unsafe evaluator.evaluate(program, row: row) {
        case .match: return true
        case .noMatch: break
        case .missingField(let slot): groups[number]?.failures.noteMissing(slot: Int(slot))
        case .failure(let failure): groups[number]?.failures.note(failure)
        }
        return false
    }

    /// Evaluates the next group for its failures.
    private mutating func sampleFailures(_ row: UnsafePointer<FieldSlot>) {
        untilFailureSample = MatchIndex.failureSampling
        nextFailureSample = nextFailureSample + 1 < groups.count ? nextFailureSample + 1 : 0
        guard let group = groups[nextFailureSample], let filter = group.filter else { return }
        let isBound = group.program != nil
        if !isBound { groups[nextFailureSample]?.program = filter.bound(to: plan) }
        _ = unsafe evaluate(nextFailureSample, row)
        // The program is kept for the sentence, where there is something to say.
        let isKept = groups[nextFailureSample].map { $0.isPredicted || !$0.failures.isEmpty } ?? false
        if !isBound, !isKept { groups[nextFailureSample]?.program = nil }
    }
}
