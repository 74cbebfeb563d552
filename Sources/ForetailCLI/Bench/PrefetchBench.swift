import Foretail
import Prefetching

/// One run of `foretail bench prefetch`: a trace of keys through a buffer that fetches ahead.
///
/// A key that is missing is fetched at once and is there for the next request. A prefetch issued at request i is there before
/// request i + latency, with latency 0 before the next. A request for a key that is under way waits for it: no hit, and no
/// fetch of its own.
struct PrefetchBench {
    /// The fewest keys a percentage stands for.
    static let leastCapacity = 8

    /// The size of a buffer.
    enum Size {
        case percent(Double)
        case keys(Int)
    }

    private let trace: KeyTrace
    private let latency: Int
    private let configuration: PrefetchConfiguration

    /// Reads a trace.
    init(trace path: String, size: Size, latency: Int, target: Double) throws {
        trace = try KeyTrace(path: path)
        self.latency = latency
        var configuration = PrefetchConfiguration(capacity: size.capacity(distinct: trace.names.count))
        configuration.targetPrecision = target
        self.configuration = configuration
    }

    /// Replays the trace, and writes the decisions to a file if one is named.
    func run(decisions path: String?) throws -> PrefetchBenchResult {
        var decisions = try path.map { try PrefetchDecisions(path: $0) }
        var prefetcher = Prefetcher(configuration: configuration)
        var actions = PrefetchActions()
        var arrivals = ArrivalQueue()
        let started = BenchClock.now
        for (place, symbol) in trace.symbols.enumerated() {
            let now = Int64(place)
            while let arrival = arrivals.next(by: place) {
                try arrive(arrival, place + 1, now, &prefetcher, &actions, &decisions)
            }
            let answer = prefetcher.access(symbol, now: now, into: &actions)
            switch answer {
            case .held: try decisions?.add(place + 1, "access", trace.name(symbol), "hit")
            case .underWay: try decisions?.add(place + 1, "access", trace.name(symbol), "late")
            case .missing: try decisions?.add(place + 1, "access", trace.name(symbol), "miss")
            }
            if case .held = answer {
            } else {
                arrivals.cancel(symbol)
                _ = prefetcher.arrived(symbol, now: now + Int64(latency), into: &actions)
                try write(actions.evictions, place + 1, &decisions)
            }
            for fetch in actions.fetches {
                try decisions?.add(place + 1, "prefetch", trace.name(fetch))
                arrivals.add(fetch, at: place + max(1, latency))
            }
            actions.removeAll()
            // Without latency they are there at once, before the request ends.
            while latency == 0, let arrival = arrivals.next(by: place + 1) {
                try arrive(arrival, place + 1, now, &prefetcher, &actions, &decisions)
            }
        }
        let seconds = BenchClock.now - started
        try decisions?.flush()
        return result(prefetcher.statistics, seconds: seconds, predictorBytes: prefetcher.predictorBytes)
    }

    /// Replays the trace through a cache, one reader, with a store that answers at once.
    func runThroughCache() async throws -> PrefetchBenchResult {
        let cache = AnticipatingCache<UInt64, UInt64>(
            configuration: configuration, maxStaleness: .seconds(86_400),
            load: { keys in Dictionary(uniqueKeysWithValues: keys.map { ($0, $0) }) })
        let started = BenchClock.now
        for symbol in trace.symbols {
            let value = try await cache.value(for: symbol)
            precondition(value == symbol, "a cache answers with the value of the key")
            await cache.settled()
        }
        let seconds = BenchClock.now - started
        return await result(cache.statistics, seconds: seconds, predictorBytes: 0)
    }

    private func result(
        _ statistics: PrefetchStatistics, seconds: Double, predictorBytes: Int
    ) -> PrefetchBenchResult {
        PrefetchBenchResult(
            statistics: statistics, distinctKeys: trace.names.count, capacity: configuration.capacity,
            latency: latency, microsecondsPerAccess: 1e6 * seconds / Double(trace.symbols.count),
            predictorBytes: predictorBytes)
    }

    private func arrive(
        _ symbol: UInt64, _ request: Int, _ now: Int64, _ prefetcher: inout Prefetcher,
        _ actions: inout PrefetchActions, _ decisions: inout PrefetchDecisions?
    ) throws {
        _ = prefetcher.arrived(symbol, now: now, into: &actions)
        try write(actions.evictions, request, &decisions)
        try decisions?.add(request, "arrive", trace.name(symbol))
        actions.evictions.removeAll(keepingCapacity: true)
    }

    private func write(
        _ evictions: [PrefetchActions.Eviction], _ request: Int, _ decisions: inout PrefetchDecisions?
    ) throws {
        for eviction in evictions {
            try decisions?.add(request, "evict", trace.name(eviction.symbol), eviction.wasUnused ? "unused" : "used")
        }
    }
}

extension PrefetchBench.Size {
    /// Reads `1%` or `500`.
    init(text: String) throws {
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
            self = .percent(percent)
        } else if let keys = Int(text), keys > 0 {
            self = .keys(keys)
        } else {
            throw UsageError(
                command: "bench prefetch",
                message: "--buffer \(text): expected a percentage such as 1%, or a number of keys")
        }
    }

    /// The keys it stands for.
    func capacity(distinct: Int) -> Int {
        switch self {
        case .percent(let percent): max(PrefetchBench.leastCapacity, Int(percent / 100 * Double(distinct)))
        case .keys(let keys): keys
        }
    }
}

/// Prefetches under way, in the order they arrive.
private struct ArrivalQueue {
    private var queue: [(symbol: UInt64, place: Int)] = []
    private var first = 0
    private var due: [UInt64: Int] = [:]

    mutating func add(_ symbol: UInt64, at place: Int) {
        queue.append((symbol, place))
        due[symbol] = place
    }

    /// Forgets a key, since somebody waits for it.
    mutating func cancel(_ symbol: UInt64) { due[symbol] = nil }

    /// The next one that has arrived by a place.
    mutating func next(by place: Int) -> UInt64? {
        while first < queue.count, queue[first].place <= place {
            let arrival = queue[first]
            first += 1
            if first == queue.count {
                queue.removeAll(keepingCapacity: true)
                first = 0
            }
            if due[arrival.symbol] == arrival.place {
                due[arrival.symbol] = nil
                return arrival.symbol
            }
        }
        return nil
    }
}
