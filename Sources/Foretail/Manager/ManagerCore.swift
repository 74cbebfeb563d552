internal import FilterLanguage

/// What all streams of a manager share: limits, numbers given out, the buffer budget, the requests.
struct ManagerCore {
    var limits: Limits
    let seed: UInt64
    let zones: TimeZoneDatabase
    let offersSurprise: Bool
    var budget: BufferBudget
    /// The predicting requests of all streams, in the order they came.
    var predicting: [RequestState] = []
    /// Bytes that series models hold, as counted when they were admitted.
    var modelBytes = 0
    /// Series that left for want of room.
    var seriesEvictions = 0
    var nextPrediction: UInt64 = 1
    var nextWatch: UInt64 = 1
    private var nextTraining = 1
    private var nextOrder = 0

    init(configuration: ManagerConfiguration) {
        limits = configuration.limits
        seed = configuration.seed
        zones = configuration.zones
        offersSurprise = configuration.offersSurprise
        budget = BufferBudget(limit: configuration.limits.bufferBytes)
    }

    mutating func makePredictionID() -> PredictionID {
        defer { nextPrediction += 1 }
        return PredictionID(nextPrediction)
    }

    mutating func makeWatchID() -> UInt64 {
        defer { nextWatch += 1 }
        return nextWatch
    }

    /// Takes up a predicting request, behind all others.
    mutating func add(_ request: RequestState) {
        request.order = nextOrder
        nextOrder += 1
        predicting.append(request)
    }

    mutating func makeTrainingID() -> Int {
        defer { nextTraining += 1 }
        return nextTraining
    }

    /// Makes room for `cost` bytes of one request by eviction: from the request furthest above its fair share, the series
    /// whose buffer was used longest ago.
    ///
    /// - Returns: Whether the bytes fit now. They do not where nothing is left to evict but the series at hand, or where they
    ///   would not fit into an empty buffer.
    mutating func makeRoom(for cost: Int, request: RequestState, series: Int32, actions: inout Actions) -> Bool {
        let isHopeless = cost > budget.limit
        while !budget.fits(isHopeless ? 0 : cost) {
            let fairShare = budget.limit / max(predicting.count, 1)
            // The request that asks competes with the size it is about to have.
            var victim: RequestState?
            var excess = 0
            for candidate in predicting {
                let held = candidate.buffer.bytes + (candidate === request && !isHopeless ? cost : 0)
                guard held - fairShare > excess, evictable(candidate, request: request, series: series) != nil else {
                    continue
                }
                victim = candidate
                excess = held - fairShare
            }
            guard let victim, let number = evictable(victim, request: request, series: series) else { return false }
            evict(series: number, of: victim, reason: .evicted, actions: &actions)
            victim.evictions += 1
        }
        return !isHopeless
    }

    private func evictable(_ candidate: RequestState, request: RequestState, series: Int32) -> Int32? {
        candidate.buffer.leastRecentlyUsed(sparing: candidate === request ? series : -1)
    }

    /// Withdraws all of a request's records of one series.
    mutating func evict(
        series: Int32, of request: RequestState, reason: Outcome.Reason, actions: inout Actions
    ) {
        var ended: [PredictiveBuffer.Ended] = []
        let before = request.buffer.bytes
        request.buffer.withdraw(series: series, reason: reason, into: &ended)
        budget.book(request.buffer.bytes - before)
        actions.append(ended, of: request, position: nil, time: nil, errors: { _ in [] })
    }
}

extension [RequestState] {
    /// Removes a predicting request from a list in the order they came, see ``RequestState/order``.
    mutating func remove(_ request: RequestState) {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].order < request.order { low = middle + 1 } else { high = middle }
        }
        if low < count, self[low] === request { remove(at: low) }
    }
}
