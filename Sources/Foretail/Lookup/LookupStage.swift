import DequeModule
import FieldExtraction
import HeapModule

/// The stage between match and forward where events wait for rows of reference stores, in order per key, and where rows are
/// fetched for events that are only expected.
///
///     var stage = LookupStage<Int>()
///     try stage.register(request, of: descriptor, lookups: [lookup])
///     stage.admit(forward, of: actions, record: bytes, tag: 7, now: moment)   // leaves at once, or waits
///     stage.expect(prediction, names: names, now: moment)                     // plans a fetch ahead
///     for fetch in stage.takeFetches() { … }                                  // ask the store; every fetch is answered once
///     stage.receive(answers, now: moment)
///     stage.advance(to: moment)                                               // deadlines, and fetches that are due
///     for released in stage.takeReleased() { … }
///
/// A machine without clock, threads or input and output, like the manager: a shell performs its fetches and tells it the time.
/// What it promises: an event leaves at the latest when its waiting time is over; events of a key leave in their order; no row
/// that leaves is older than its lookup's ``LookupSettings/maxStalenessMicroseconds``, counted from the moment before its
/// reading began; rows of which a notice said that they changed while they were read are not kept.
/// Bounded by ``LookupLimits``. Cost: a few microseconds for each event that is joined; others never come here.
public struct LookupStage<Tag: Sendable> {
    /// A record that may leave.
    public struct Released: Sendable {
        /// The tail request.
        public var request: TailRequestID
        /// The whole record, with its rows and its newline; empty for an event that is dropped because it has no row.
        public var record: [UInt8]
        /// What it was admitted with.
        public var tag: Tag
        /// The last position up to which every event of the request has left; nil: none has.
        public var safe: Position?

        /// Creates a record that need not wait.
        public init(request: TailRequestID, record: [UInt8], tag: Tag, safe: Position?) {
            self.request = request
            self.record = record
            self.tag = tag
            self.safe = safe
        }
    }

    /// Where rows came from that an event leaves with, or why there are none.
    enum Joined {
        case waiting
        case staged(ReferenceRows, readAt: Int64)
        case fetched(ReferenceRows, readAt: Int64)
        case timeout
        case none(reason: String)
    }

    struct Part {
        var key: StagedRows.Key?
        var joined: Joined
    }

    struct Waiting {
        var request: LookupRequest
        var serial: Int
        var orderKey: [UInt8]
        var record: [UInt8]
        var tag: Tag
        /// The event's position; nil for a record that is no event.
        var position: Position?
        /// The number of its place among the request's positions, where it waits.
        var mark: Int?
        var deadline: Int64
        var parts: [Part]
        var unresolved = 0
    }

    struct Deadline: Comparable {
        var time: Int64
        var place: Int
        var serial: Int

        static func < (left: Deadline, right: Deadline) -> Bool { left.time < right.time }
    }

    struct Waiter {
        var place: Int
        var serial: Int
        var part: Int
    }

    /// A fetch that is under way.
    struct Flight {
        var issuedAt: Int64
        /// Whether no event has waited for it.
        var isPrefetch: Bool
        /// Whether a notice came that its rows may be of before.
        var isTainted = false
        var expectedUntil: Int64?
        /// How often the rows were read for the expected event before.
        var refreshes = 0
        var waiters: [Waiter] = []
    }

    let limits: LookupLimits
    var requests: [TailRequestID: LookupRequest] = [:]
    var statements = LookupStatements()
    var staged: StagedRows
    var flights: [StagedRows.Key: Flight] = [:]
    var histories: KeyHistories
    var followers: [String: HistoryFollower] = [:]
    var plans = FetchPlans()
    var fetches: [ReferenceFetch] = []
    var evicted: [StagedRows.Evicted] = []
    var places: [Waiting?] = []
    var freePlaces: [Int] = []
    var deadlines = Heap<Deadline>()
    var serial = 0
    var released: [Released] = []
    let writer = JoinedWriter()

    /// Creates a stage.
    public init(limits: LookupLimits = LookupLimits()) {
        self.limits = limits
        staged = StagedRows(limit: limits.stagedBytes)
        histories = KeyHistories(limit: limits.historyBytes)
    }

    // MARK: Requests

    /// Whether nothing is joined.
    public var isEmpty: Bool { requests.isEmpty }

    /// Whether a request's events are joined.
    public func joins(_ id: TailRequestID) -> Bool { requests[id] != nil }

    /// Joins a request's events from now on.
    ///
    /// - Throws: ``ForetailError`` naming the lookup and what is wrong with it; nothing has changed then.
    public mutating func register(
        _ id: TailRequestID, of stream: StreamDescriptor, lookups: [LookupSettings], now: LookupMoment
    ) throws(ForetailError) {
        let request = try LookupRequest(id, of: stream, lookups: lookups, limits: limits)
        remove(id, now: now)
        for place in lookups.indices {
            request.lookups[place].statement = statements.enter(lookups[place], of: stream.name, limits: limits)
        }
        requests[id] = request
        try follow(request, of: stream)
    }

    /// Notes that whoever gets a request's records gets those after a position: everything up to it has left.
    public func begin(_ id: TailRequestID, after position: Position?) { requests[id]?.begin(after: position) }

    /// The lookups of a request and what became of them, by name; those that ask the same share their figures.
    public func statistics(of id: TailRequestID) -> [(lookup: LookupSettings, statistics: LookupStatistics)] {
        (requests[id]?.lookups ?? []).map { lookup in
            (lookup.settings, statements[lookup.statement]?.figures ?? LookupStatistics())
        }
    }

    /// What became of the lookups of all requests.
    public var totals: LookupStatistics { statements.totals }

    /// The first position of a request that waits; nil: none does.
    public func firstWaiting(of id: TailRequestID) -> Position? { requests[id]?.firstWaiting }

    /// Ends the joining of a request. What waits leaves as it is.
    public mutating func remove(_ id: TailRequestID, now: LookupMoment) {
        guard let request = requests.removeValue(forKey: id) else { return }
        for place in places.indices where places[place]?.request === request {
            giveUp(place, reason: "the lookup was removed", now: now)
        }
        for lookup in request.lookups where statements.leave(lookup.statement) {
            for left in staged.remove(where: { $0 == lookup.statement }) where left.entry.isUnused {
                statements[lookup.statement]?.statistics.wasted += 1
            }
            statements.forget(lookup.statement)
            if lookup.settings.isHistory { unfollow(lookup.statement, of: request.streamName) }
        }
    }

    // MARK: Records

    /// Takes a matched event's record: it leaves at once with what is staged, or waits for what is not.
    ///
    /// - Parameters:
    ///   - record: The record as it would leave without rows, with its closing brace and newline.
    ///   - tag: Comes back with it.
    public mutating func admit(
        _ forward: Actions.Forward, of actions: borrowing Actions, record: [UInt8], tag: Tag, now: LookupMoment
    ) {
        let event = actions.events[forward.event]
        guard let request = requests[forward.request] else {
            released.append(Released(request: forward.request, record: record, tag: tag, safe: event.position))
            return
        }
        let key = event.key.map { Array(actions.bytes[$0]) } ?? []
        request.read(event, key: key, bytes: actions.bytes)
        var waiting = Waiting(
            request: request, serial: 0, orderKey: key, record: record, tag: tag,
            position: event.position, mark: nil, deadline: now.monotonic + request.longestWait, parts: [])
        waiting.parts.reserveCapacity(request.lookups.count)
        for place in request.lookups.indices {
            let part = join(request, place, key: request.key(place), before: event.position, now: now)
            if case .waiting = part.joined { waiting.unresolved += 1 }
            waiting.parts.append(part)
        }
        if waiting.unresolved == 0, request.queues[key] == nil {
            request.pass(event.position)
            leave(waiting, now: now)
            return
        }
        waiting.mark = request.hold(event.position)
        enter(waiting, now: now)
    }

    /// Takes another record of a key: it leaves behind the key's events.
    public mutating func admit(_ record: [UInt8], of id: TailRequestID, key: [UInt8], tag: Tag, now: LookupMoment) {
        guard let request = requests[id], request.queues[key] != nil else {
            released.append(Released(request: id, record: record, tag: tag, safe: requests[id]?.safe))
            return
        }
        enter(
            Waiting(
                request: request, serial: 0, orderKey: key, record: record, tag: tag, mark: nil, deadline: .max,
                parts: []), now: now)
    }

    /// What may leave, in order.
    public mutating func takeReleased() -> [Released] {
        defer { released.removeAll(keepingCapacity: true) }
        return released
    }

    /// What is to be fetched. Nothing that is not answered is asked again.
    public mutating func takeFetches() -> [ReferenceFetch] {
        defer { fetches.removeAll(keepingCapacity: true) }
        return fetches
    }

    /// When ``advance(to:)`` will have something to do, in microseconds of the monotonic clock; nil: never, as things are.
    public var nextDeadline: Int64? {
        switch (deadlines.min?.time, plans.nextTime) {
        case (let first?, let second?): min(first, second)
        case (let first, let second): first ?? second
        }
    }

    /// How many records wait.
    public var waitingCount: Int { places.count - freePlaces.count }

    /// Bytes of the rows that are staged.
    public var stagedBytes: Int { staged.bytes }

    /// Bytes of the last events of keys.
    public var historyBytes: Int { histories.bytes }

    /// Lets go what has waited long enough, and asks for what will soon be needed.
    public mutating func advance(to now: LookupMoment) {
        while let next = deadlines.min, next.time <= now.monotonic {
            deadlines.removeMin()
            guard next.place < places.count, places[next.place]?.serial == next.serial else { continue }
            timeOut(next.place)
            if let waiting = places[next.place] { drain(waiting.request, waiting.orderKey, now: now) }
        }
        while let plan = plans.takeDue(at: now.monotonic) { carryOut(plan, now: now) }
        staged.removeOldest(into: &evicted) { key, entry in
            entry.readAt + (statements[key.statement]?.keptMicroseconds ?? 0) <= now.monotonic
        }
        settleEvicted()
    }
}
