internal import FilterLanguage

/// What all streams of a manager share: limits, numbers given out, the buffer budget, the requests.
struct ManagerCore {
    var limits: Limits
    let seed: UInt64
    let zones: TimeZoneDatabase
    let offersSurprise: Bool
    /// What live predictions hold.
    var budget: SharedBudget
    /// The predicting requests of all streams, in the order they came.
    var predicting: [RequestState] = []
    /// What models hold, as counted.
    var models: SharedBudget
    /// The numbers of accounts that have names; a stream without one has its own.
    private var accounts: [String: Int] = [:]
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
        nextPrediction = configuration.firstPrediction
        nextWatch = configuration.firstPrediction
        budget = SharedBudget(limit: configuration.limits.bufferBytes)
        models = SharedBudget(limit: configuration.limits.modelBytes)
    }

    /// The number of the account that a stream draws on.
    mutating func account(of descriptor: StreamDescriptor, number: Int) -> Int {
        guard let name = descriptor.account else { return number * 2 }
        if let known = accounts[name] { return known }
        let account = accounts.count * 2 + 1
        accounts[name] = account
        return account
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

    /// Makes room for `cost` bytes of one request by eviction: of the account furthest above its share, from the request furthest
    /// above its part of that, the series whose buffer was used longest ago.
    ///
    /// - Returns: Whether the bytes fit now. They do not where nothing is left to evict but the series at hand, or where they
    ///   would not fit into an empty buffer.
    mutating func makeRoom(for cost: Int, request: RequestState, series: Int32, actions: inout Actions) -> Bool {
        let isHopeless = cost > budget.limit
        while !budget.fits(isHopeless ? 0 : cost) {
            // Who asks competes with the size it is about to have.
            func more(_ isAsking: Bool) -> Int { isAsking && !isHopeless ? cost : 0 }
            let share = budget.share(with: request.account)
            var members: [Int: Int] = [:]
            for candidate in predicting { members[candidate.account, default: 0] += 1 }
            var victim: RequestState?
            var excess = (account: 0, request: 0)
            for candidate in predicting {
                let account = candidate.account
                let above = (
                    account: budget.bytes(of: account) + more(account == request.account) - share,
                    request: candidate.buffer.bytes + more(candidate === request) - share / (members[account] ?? 1)
                )
                guard above.account > 0, above.request > 0, above > excess,
                    evictable(candidate, request: request, series: series) != nil
                else { continue }
                victim = candidate
                excess = above
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
        budget.book(request.buffer.bytes - before, to: request.account)
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
