/// What to hold and what to fetch ahead, decided from the keys that are asked for: a state machine without values, clock or tasks.
///
/// The owner keeps the values, by slot, and performs the ``PrefetchActions``. For each key that somebody wants:
///
///     switch prefetcher.access(symbol, now: now, into: &actions) {
///     case .held(let slot): serve(values[slot])
///     case .underWay: wait for the fetch that runs
///     case .missing: begin a fetch of this key
///     }
///     begin fetches of actions.fetches (in one go, if the store can); let go of actions.evictions
///
/// and for each fetch that ends, demanded or ahead, one of
///
///     slot = prefetcher.arrived(symbol, now: now, into: &actions); values[slot] = value    // evictions first
///     prefetcher.failed(symbol, now: now)
///
/// Symbols are integer keys as they are (so that differences mean something), or hashes of other keys under a seed. Times are
/// microseconds of any clock; only their differences count. A row known to be absent is a value too: let it arrive.
///
/// **How it decides.** Predictors name candidates (``KeyPredictors``); a gate lets through the kinds that were right
/// often enough (``PrecisionGate``), the others are tried in shadow (``ShadowTrials``). On a trace that cannot be predicted nothing is
/// issued, and the buffer is plain LRU. A prefetched key waits apart, and ages slower than a demanded one, until it is asked
/// for. How far ahead is looked follows from how many requests a fetch takes (``FetchLead``).
///
/// Deterministic. Memory: `predictorBytes` at most, 0.2 MB, and some 300 B an entry. Cost: 2 to 4 µs an access.
public struct Prefetcher: Sendable {
    /// How a key stands that was asked for.
    public enum Answer: Sendable, Equatable {
        /// Its value is in a slot.
        case held(slot: Int)
        /// A fetch is under way.
        case underWay
        /// The owner is to fetch it.
        case missing
    }

    /// The part of the buffer that prefetches may take before they are asked for.
    private static let waitingShare = 0.9
    /// How fast a waiting prefetch ages beside a demanded entry. Useful ones are asked for soon or in a loop's time; what is slower
    /// lives through more of the loop.
    private static let waitingAge = 0.3
    /// Requests within which a shadow trial must succeed: as many as a prefetch stays that nobody asks for, at most this. Before
    /// one left, twice as many as entries fit.
    private static let longestShadow = 512
    /// The farthest look ahead.
    private static let deepest = 64

    /// As it was created with.
    public let configuration: PrefetchConfiguration
    /// What it did so far.
    public private(set) var statistics = PrefetchStatistics()

    private var predictors: KeyPredictors
    private var gate: PrecisionGate
    private var shadows = ShadowTrials()
    private var buffer: PrefetchBuffer
    private var plain: PlainBuffer
    private var fetches = FetchTable()
    private var lead = FetchLead()
    private var candidates: [Candidate] = []
    /// The requests after which a prefetch that nobody asked for leaves, smoothed; 0 before any did.
    private var residence = 0.0

    /// Creates an empty buffer that knows nothing.
    public init(configuration: PrefetchConfiguration) {
        self.configuration = configuration
        predictors = KeyPredictors(bytes: configuration.predictorBytes)
        gate = PrecisionGate(target: configuration.targetPrecision)
        buffer = PrefetchBuffer(capacity: configuration.capacity)
        plain = PlainBuffer(capacity: configuration.capacity)
    }

    /// The entries held.
    public var count: Int { buffer.count }
    /// The units held.
    public var used: Int { buffer.used }
    /// The memory of the predictors, in bytes.
    public var predictorBytes: Int { predictors.bytes }
    /// The requests that a fetch takes, as measured.
    public var leadRequests: Double { lead.requests }

    /// The slot of a key that is held; nothing is learned from the question.
    public func slot(of symbol: UInt64) -> Int? { buffer.slot(of: symbol) }

    /// Whether a key is being fetched.
    public func isUnderWay(_ symbol: UInt64) -> Bool { fetches.contains(symbol) }

    /// Takes in that a key is asked for, says how it stands, and appends what is to be fetched ahead.
    public mutating func access(_ symbol: UInt64, now: Int64, into actions: inout PrefetchActions) -> Answer {
        statistics.requests += 1
        lead.requested(at: now)
        let request = statistics.requests
        let inTime = 1 + Int(lead.requests + 0.5)
        shadows.settle(symbol, begunBy: request - inTime, gate: &gate)
        let plainHit = plain.access(symbol, weight: meanWeight, at: request)
        if plainHit { statistics.plainHits += 1 }
        let answer = answer(symbol, now: now)
        if case .held = answer {} else if plainHit { statistics.polluted += 1 }
        guard configuration.maximumInFlight > 0 else { return answer }
        predictors.learn(symbol, lead: min(Self.deepest, Int(lead.requests + 0.5)))
        issue(after: symbol, now: now, into: &actions)
        return answer
    }

    /// Asks again for a key whose fetch came to nothing, on behalf of a request that was counted before. Nothing is learned.
    public mutating func retry(_ symbol: UInt64, now: Int64) -> Answer {
        if let slot = buffer.slot(of: symbol) { return .held(slot: slot) }
        if let fetch = fetches.want(symbol) {
            if !fetch.isWanted { statistics.late += 1 }
            return .underWay
        }
        statistics.demandFetches += 1
        fetches.begin(
            .init(symbol: symbol, cell: -1, isWanted: true, request: statistics.requests, microseconds: now))
        return .missing
    }

    /// Takes in that the value of a key came, and makes room for it. The slot is where the owner puts it; nil where nobody
    /// waits for it any more (the key was removed meanwhile) or it is larger than the whole buffer.
    public mutating func arrived(
        _ symbol: UInt64, weight: Int = 1, now: Int64, into actions: inout PrefetchActions
    ) -> Int? {
        precondition(weight > 0, "an entry has a weight")
        guard let fetch = fetches.end(symbol) else { return nil }
        lead.ended(fetch, at: now, request: statistics.requests)
        guard weight <= buffer.capacity else {
            if !fetch.isWanted { statistics.wasted += 1 }
            return nil
        }
        while buffer.used + weight > buffer.capacity { evict(into: &actions) }
        return buffer.insert(
            symbol, weight: weight, cell: fetch.isWanted ? -1 : Int(fetch.cell), at: fetch.request)
    }

    /// Takes in that a fetch failed, or was given up.
    public mutating func failed(_ symbol: UInt64, now: Int64) {
        guard let fetch = fetches.end(symbol) else { return }
        if !fetch.isWanted { statistics.wasted += 1 }
    }

    /// Takes in that a key to be fetched ahead can not be (the owner does not know it any more): it counts as never issued.
    public mutating func withdraw(_ symbol: UInt64) {
        guard let fetch = fetches.end(symbol), fetch.cell >= 0 else { return }
        statistics.issued -= 1
    }

    /// Takes a key out, because its value is no longer true; a fetch under way is given up, too. Returns the slot that is free now,
    /// nil where there was none.
    public mutating func remove(_ symbol: UInt64) -> Int? {
        if let fetch = fetches.end(symbol), !fetch.isWanted { statistics.wasted += 1 }
        plain.remove(symbol)
        guard let slot = buffer.slot(of: symbol) else { return nil }
        if buffer[slot].cell >= 0 { statistics.wasted += 1 }
        buffer.remove(slot)
        return slot
    }

    // MARK: Steps

    /// Looks a key up, and counts what became of its prefetch.
    private mutating func answer(_ symbol: UInt64, now: Int64) -> Answer {
        let request = statistics.requests
        if let slot = buffer.slot(of: symbol) {
            let issued = buffer[slot].touched
            statistics.hits += 1
            if let cell = buffer.touch(slot, at: request) {
                statistics.useful += 1
                statistics.leads.add(request - issued)
                statistics.savedMicroseconds += Int64(lead.fetchMicroseconds)
                gate.succeed(cell)
            }
            return .held(slot: slot)
        }
        if let fetch = fetches.want(symbol) {
            if !fetch.isWanted {
                statistics.late += 1
                let over = min(max(0, now - fetch.microseconds), Int64(lead.fetchMicroseconds))
                statistics.savedMicroseconds += over
            }
            return .underWay
        }
        statistics.demandFetches += 1
        fetches.begin(.init(symbol: symbol, cell: -1, isWanted: true, request: request, microseconds: now))
        return .missing
    }

    /// Asks the predictors, and issues what the gate lets through.
    private mutating func issue(after symbol: UInt64, now: Int64, into actions: inout PrefetchActions) {
        let request = statistics.requests
        let entries = buffer.count > 0 ? max(1, buffer.capacity / meanWeight) : buffer.capacity
        let limit = min(configuration.maximumInFlight, max(1, entries / 2))
        // A run or stride is named again at its next key, so it is followed no further than a fetch takes. A chain
        // may lose its thread: it is followed further.
        let ahead = lead.requests
        predictors.predict(
            depth: min(Self.deepest, 4 + Int(2 * ahead)), runDepth: min(Self.deepest, 2 + Int(ahead)), into: &candidates
        )
        let window = residence > 0 ? max(1, Int(residence)) : 2 * entries
        shadows.expire(before: request - min(Self.longestShadow, window))
        for candidate in candidates where candidate.symbol != symbol {
            guard buffer.slot(of: candidate.symbol) == nil, !fetches.contains(candidate.symbol) else { continue }
            let cell = gate.cell(of: candidate)
            if fetches.prefetches < limit, gate.isOpen(cell) {
                gate.begin(cell)
                statistics.issued += 1
                fetches.begin(
                    .init(
                        symbol: candidate.symbol, cell: Int32(cell), isWanted: false, request: request,
                        microseconds: now))
                actions.fetches.append(candidate.symbol)
            } else if shadows.begin(candidate.symbol, cell: cell, at: request) {
                gate.begin(cell)
            }
        }
    }

    /// Takes out the entry that is worth least: of the oldest waiting and the oldest demanded the older, by their own ages.
    private mutating func evict(into actions: inout PrefetchActions) {
        var victim = buffer.oldestDemanded
        if let waiting = buffer.oldestWaiting {
            let most = max(1, Int(Self.waitingShare * Double(buffer.capacity)))
            if let demanded = victim, buffer.waitingUnits < most {
                let request = statistics.requests
                let age = Double(request - buffer[waiting].touched) * Self.waitingAge
                if age > Double(request - buffer[demanded].touched) { victim = waiting }
            } else {
                victim = waiting
            }
        }
        guard let victim else { preconditionFailure("what is over capacity has an oldest entry") }
        let entry = buffer[victim]
        if entry.cell >= 0 {
            statistics.wasted += 1
            let stay = Double(statistics.requests - entry.touched)
            residence = residence == 0 ? stay : residence + 0.05 * (stay - residence)
        }
        actions.evictions.append(.init(symbol: entry.symbol, slot: victim, wasUnused: entry.cell >= 0))
        buffer.remove(victim)
    }

    private var meanWeight: Int { buffer.count > 0 ? max(1, buffer.used / buffer.count) : 1 }
}
