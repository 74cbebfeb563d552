/// What prefetching did, counted since the start.
///
/// Each prefetch issued ends once: as useful, late or wasted. Until then it is ``pending``.
public struct PrefetchStatistics: Sendable, Equatable {
    /// Keys asked for.
    public internal(set) var requests = 0
    /// Requests whose key was held.
    public internal(set) var hits = 0
    /// Requests whose key a plain LRU buffer of the same capacity would have held.
    public internal(set) var plainHits = 0
    /// Prefetches issued.
    public internal(set) var issued = 0
    /// Prefetches whose key was asked for while it was held.
    public internal(set) var useful = 0
    /// Prefetches whose key was asked for while they were under way: a part of the wait was saved, and no fetch was too many.
    public internal(set) var late = 0
    /// Prefetches that left unused: evicted, removed, failed.
    public internal(set) var wasted = 0
    /// Fetches that a request had to begin itself.
    public internal(set) var demandFetches = 0
    /// Requests that plain LRU would have answered and this buffer did not.
    public internal(set) var polluted = 0
    /// The time that requests did not have to wait for, in microseconds: a mean fetch for each useful prefetch, and for
    /// each late one the part that was over.
    public internal(set) var savedMicroseconds: Int64 = 0
    /// Requests between a prefetch and its use.
    var leads = LeadHistogram()

    /// Creates counts of nothing.
    public init() {}

    /// Prefetches that did not end yet.
    public var pending: Int { issued - useful - late - wasted }
    /// The part of requests whose key was held.
    public var hitRatio: Double { requests > 0 ? Double(hits) / Double(requests) : 0 }
    /// The part of requests that plain LRU would have answered.
    public var plainHitRatio: Double { requests > 0 ? Double(plainHits) / Double(requests) : 0 }
    /// The part of prefetches issued whose key was asked for while held.
    public var precision: Double { issued > 0 ? Double(useful) / Double(issued) : 0 }
    /// The part of requests that plain LRU would have answered and this buffer did not.
    public var pollution: Double { requests > 0 ? Double(polluted) / Double(requests) : 0 }
    /// All fetches, demanded and prefetched, for each fetch that plain LRU of the same capacity would have made.
    public var trafficFactor: Double {
        requests > plainHits ? Double(demandFetches + issued) / Double(requests - plainHits) : 1
    }

    /// The requests between a useful prefetch and its use, at a level from 0 to 1; 0 without any. To a fifth where above 64.
    public func lead(at level: Double) -> Int { leads.quantile(level) }
}
