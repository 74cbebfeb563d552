@testable import Prefetching

/// A trace through a prefetcher, and an account kept beside it.
struct Replayer {
    var prefetcher: Prefetcher
    /// What is held, and whether it is a prefetch that nobody asked for.
    private(set) var held: [UInt64: Bool] = [:]
    private(set) var counts = (hits: 0, issued: 0, useful: 0, late: 0, wasted: 0, demanded: 0)
    private var underWay: [UInt64: Int] = [:]
    private var arrivals: [(symbol: UInt64, place: Int)] = []
    private var place = 0
    private let latency: Int
    /// The first thing that went wrong.
    private(set) var mistake: String?

    init(capacity: Int, latency: Int = 0, predictorBytes: Int? = nil) {
        var configuration = PrefetchConfiguration(capacity: capacity)
        if let predictorBytes { configuration.predictorBytes = predictorBytes }
        prefetcher = Prefetcher(configuration: configuration)
        self.latency = latency
    }

    /// Replays keys; the hit ratio among them.
    @discardableResult
    mutating func replay(_ trace: some Sequence<UInt64>) -> Double {
        let (hits, requests) = (counts.hits, place)
        for symbol in trace { step(symbol) }
        return Double(counts.hits - hits) / Double(max(1, place - requests))
    }

    private mutating func step(_ symbol: UInt64) {
        var actions = PrefetchActions()
        while let first = arrivals.first, first.place <= place {
            arrivals.removeFirst()
            if underWay[first.symbol] == first.place { arrive(first.symbol, unused: true, &actions) }
        }
        switch prefetcher.access(symbol, now: Int64(place), into: &actions) {
        case .held:
            guard let unused = held[symbol] else { return wrong("\(symbol) is no hit") }
            counts.hits += 1
            if unused { counts.useful += 1 }
            held[symbol] = false
        case .underWay:
            if underWay[symbol] == nil { wrong("\(symbol) is not under way") }
            counts.late += 1
            arrive(symbol, unused: false, &actions)
        case .missing:
            if held[symbol] != nil || underWay[symbol] != nil { wrong("\(symbol) is not missing") }
            counts.demanded += 1
            arrive(symbol, unused: false, &actions)
        }
        for fetch in actions.fetches {
            if held[fetch] != nil || underWay[fetch] != nil { wrong("\(fetch) is fetched twice") }
            counts.issued += 1
            underWay[fetch] = place + max(1, latency)
            if latency == 0 {
                arrive(fetch, unused: true, &actions)
            } else {
                arrivals.append((fetch, place + latency))
            }
        }
        place += 1
    }

    private mutating func arrive(_ symbol: UInt64, unused: Bool, _ actions: inout PrefetchActions) {
        underWay[symbol] = nil
        let before = actions.evictions.count
        let slot = prefetcher.arrived(symbol, now: Int64(place + (unused ? 0 : latency)), into: &actions)
        for eviction in actions.evictions[before...] {
            guard let waits = held.removeValue(forKey: eviction.symbol) else { return wrong("evicts what is not held") }
            if waits != eviction.wasUnused { wrong("an eviction is told wrongly") }
            if waits { counts.wasted += 1 }
        }
        if slot == nil || held[symbol] != nil { wrong("\(symbol) does not come in") }
        held[symbol] = unused
        if held.count > prefetcher.configuration.capacity { wrong("more is held than fits") }
        if held.count != prefetcher.count { wrong("the counts differ") }
    }

    private mutating func wrong(_ text: String) { mistake = mistake ?? "request \(place): \(text)" }
}
