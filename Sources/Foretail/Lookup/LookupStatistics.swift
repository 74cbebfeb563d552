/// What became of the lookups of one statement, counted since it began.
public struct LookupStatistics: Sendable, Hashable {
    /// Rows that were staged when their event came.
    public var staged = 0
    /// Rows that came while their event waited.
    public var fetched = 0
    /// Events that left without rows at the end of their waiting time.
    public var timeouts = 0
    /// Events that left without rows for any other reason: no key, a failing store, rows not staged and nobody waited.
    public var none = 0
    /// Events that were not forwarded, because their key had no row and that was asked for.
    public var dropped = 0
    /// Answers of the store that were failures.
    public var failures = 0
    /// Fetches for events that were there.
    public var demandFetches = 0
    /// Fetches for events that were expected.
    public var prefetches = 0
    /// Prefetched rows that were used, each counted once.
    public var useful = 0
    /// Prefetches that were under way when their event came.
    public var late = 0
    /// Prefetched rows that left unused: evicted, outdated, changed, or never read.
    public var wasted = 0
    /// Prefetches that the store's limits refused.
    public var refused = 0
    /// Rows dropped because a notice said that they had changed.
    public var invalidated = 0
    /// Events whose rows plain LRU of the same bytes would have held.
    public var plainHits = 0
    /// Those of them whose rows had made room for what was fetched ahead.
    public var polluted = 0
    /// Microseconds that events did not wait because their rows were staged: the mean fetch, or what
    /// they would have waited at most, each time.
    public var savedMicroseconds = 0
    /// The trailing mean of a fetch, in microseconds; 0 before the first.
    public var fetchMicroseconds = 0.0

    /// Creates empty statistics.
    public init() {}

    /// The figures of all parts together; of the mean fetch the longest.
    public init(sumOf parts: [LookupStatistics]) {
        let counters: [WritableKeyPath<LookupStatistics, Int>] = [
            \.staged, \.fetched, \.timeouts, \.none, \.dropped, \.failures, \.demandFetches, \.prefetches, \.useful,
            \.late,
            \.wasted, \.refused, \.invalidated, \.plainHits, \.polluted, \.savedMicroseconds,
        ]
        for part in parts {
            for counter in counters { self[keyPath: counter] += part[keyPath: counter] }
            fetchMicroseconds = max(fetchMicroseconds, part.fetchMicroseconds)
        }
    }

    /// The share of finished prefetches that were used before they left, late ones included; nil before the first.
    public var precision: Double? {
        let finished = useful + late + wasted
        return finished > 0 ? Double(useful + late) / Double(finished) : nil
    }

    /// All fetches for each one that would have been made without prefetching: those that were made for events that were there,
    /// and those that prefetched rows made needless.
    public var trafficFactor: Double? {
        let demand = demandFetches + useful + late
        return demand > 0 ? Double(demandFetches + prefetches) / Double(demand) : nil
    }

    /// Books rows that were staged when their event came.
    mutating func use(_ entry: StagedRows.Entry, maxWaitMicroseconds: Int64) {
        savedMicroseconds += Int(min(fetchMicroseconds, Double(maxWaitMicroseconds)))
        if entry.isUnused { useful += 1 }
    }

    /// Books what an event leaves with: once, when it leaves.
    mutating func note<Tag>(_ joined: LookupStage<Tag>.Joined) {
        switch joined {
        case .staged: staged += 1
        case .fetched: fetched += 1
        case .timeout, .waiting: timeouts += 1
        case .none: none += 1
        }
    }

    /// Books a prefetch that gave nothing.
    mutating func prefetchFailed(_ failure: ReferenceFailure) {
        if failure.kind == .refused {
            refused += 1
            prefetches -= 1
        } else {
            failures += 1
            wasted += 1
        }
    }

    mutating func noteFetch(microseconds: Int64) {
        let rate = fetchMicroseconds == 0 ? 1 : 0.1
        fetchMicroseconds += rate * (Double(max(0, microseconds)) - fetchMicroseconds)
    }
}
