import Testing

@testable import Prefetching

@Suite("Prefetcher") struct PrefetcherTests {
    @Test(
        "its counts are those of an account kept beside it, and it never holds more than fits",
        arguments: [1, 2, 8, 100], [0, 4, 16])
    func recount(capacity: Int, latency: Int) {
        let trace = Traces.blocks(4_000, seed: 1) + Traces.loops(4_000, loops: 3, keys: 150, seed: 2)
        var replayer = Replayer(capacity: capacity, latency: latency)
        replayer.replay(trace)
        let statistics = replayer.prefetcher.statistics
        let counts = replayer.counts
        #expect(replayer.mistake == nil)
        #expect(statistics.requests == trace.count)
        #expect(statistics.hits == counts.hits)
        #expect(statistics.issued == counts.issued)
        #expect(statistics.useful == counts.useful)
        #expect(statistics.late == counts.late)
        #expect(statistics.wasted == counts.wasted)
        #expect(statistics.demandFetches == counts.demanded)
        #expect(statistics.hits + statistics.late + statistics.demandFetches == statistics.requests)
        // What is pending is under way, or waits.
        let waiting = replayer.held.values.count { $0 }
        #expect(statistics.pending >= waiting)
        #expect(statistics.pending <= waiting + replayer.prefetcher.configuration.maximumInFlight)
        #expect(statistics.issued > 0 || capacity < 100)
    }

    @Test("the plain buffer beside it is LRU")
    func plainHits() {
        let trace = Traces.zipf(5_000, keys: 400, seed: 3)
        var replayer = Replayer(capacity: 40)
        replayer.replay(trace)
        var order: [UInt64] = []
        var hits = 0
        for symbol in trace {
            if let place = order.firstIndex(of: symbol) {
                hits += 1
                order.remove(at: place)
            } else if order.count == 40 {
                order.removeFirst()
            }
            order.append(symbol)
        }
        #expect(replayer.prefetcher.statistics.plainHits == hits)
    }

    @Test("where nothing can be predicted it loses nothing against LRU", arguments: [8, 50, 400], 1...3)
    func noise(capacity: Int, seed: Int) {
        var replayer = Replayer(capacity: capacity)
        replayer.replay(Traces.zipf(30_000, keys: 10_000, seed: UInt64(seed)))
        let statistics = replayer.prefetcher.statistics
        #expect(statistics.hitRatio >= statistics.plainHitRatio - 0.001)
        // What it does issue is what is asked for most.
        #expect(statistics.issued < 900 || statistics.hitRatio > statistics.plainHitRatio)
    }

    @Test("a loop larger than the buffer becomes hits", arguments: [8, 40])
    func loop(capacity: Int) {
        var replayer = Replayer(capacity: capacity)
        replayer.replay(Traces.loop(2_000, keys: 1_000, seed: 4))
        #expect(replayer.replay(Traces.loop(8_000, keys: 1_000, seed: 5)) > 0.85)
        #expect(replayer.prefetcher.statistics.precision > 0.8)
        #expect(replayer.prefetcher.statistics.plainHitRatio < 0.01)
    }

    @Test("runs over blocks become hits, and hashing them takes that away")
    func blocks() {
        let trace = Traces.blocks(20_000, seed: 6)
        var integers = Replayer(capacity: 100)
        var hashes = Replayer(capacity: 100)
        let readable = integers.replay(trace)
        let hashed = hashes.replay(trace.map { Traces.hashed(Int($0)) })
        #expect(readable > 0.8)
        #expect(hashed < readable - 0.2)
        #expect(hashed >= hashes.prefetcher.statistics.plainHitRatio)
    }

    @Test("after the keys change it stops, and comes back with what can be predicted")
    func phases() {
        var replayer = Replayer(capacity: 50)
        replayer.replay(Traces.loop(10_000, keys: 1_000, seed: 7))
        let before = replayer.prefetcher.statistics
        replayer.replay(Traces.zipf(20_000, keys: 10_000, seed: 8))
        let after = replayer.prefetcher.statistics
        #expect(after.hits - before.hits >= after.plainHits - before.plainHits - 20)
        #expect(after.wasted - before.wasted < 2_000)
        replayer.replay(Traces.loop(1_000, keys: 700, seed: 9))
        #expect(replayer.replay(Traces.loop(5_000, keys: 700, seed: 9)) > 0.85)
    }

    @Test("it looks as far ahead as a fetch takes", arguments: [4, 16])
    func looksAhead(latency: Int) {
        var replayer = Replayer(capacity: 100, latency: latency)
        replayer.replay(Traces.loop(4_000, keys: 1_000, seed: 10))
        #expect(replayer.replay(Traces.loop(10_000, keys: 1_000, seed: 11)) > 0.75)
        #expect(abs(replayer.prefetcher.leadRequests - Double(latency - 1)) < 0.1)
        #expect(replayer.prefetcher.statistics.lead(at: 0.1) >= latency)
    }

    @Test("the same keys lead to the same decisions")
    func deterministic() {
        let trace = Traces.blocks(3_000, seed: 12)
        var first = Replayer(capacity: 60, latency: 2)
        var second = Replayer(capacity: 60, latency: 2)
        first.replay(trace)
        second.replay(trace)
        #expect(first.prefetcher.statistics == second.prefetcher.statistics)
        #expect(first.held == second.held)
    }

    @Test("predictors stay within their bytes", arguments: [1 << 18, 1 << 20])
    func bounded(bytes: Int) {
        var replayer = Replayer(capacity: 100, predictorBytes: bytes)
        replayer.replay(Traces.zipf(60_000, keys: 50_000, seed: 13))
        #expect(replayer.prefetcher.predictorBytes <= bytes)
        #expect(replayer.mistake == nil)
    }

    @Test("with no prefetches allowed it is LRU")
    func off() {
        var configuration = PrefetchConfiguration(capacity: 10)
        configuration.maximumInFlight = 0
        var prefetcher = Prefetcher(configuration: configuration)
        var actions = PrefetchActions()
        for symbol in Traces.loops(2_000, loops: 1, keys: 20, seed: 14) {
            if prefetcher.access(symbol, now: 0, into: &actions) == .missing {
                _ = prefetcher.arrived(symbol, now: 0, into: &actions)
            }
        }
        #expect(actions.fetches.isEmpty)
        #expect(prefetcher.statistics.hits == prefetcher.statistics.plainHits)
    }

    @Test("entries of many weights stay within the capacity, and what does not fit at all is not kept")
    func weights() {
        var prefetcher = Prefetcher(configuration: PrefetchConfiguration(capacity: 1_000))
        var actions = PrefetchActions()
        var random = Random(seed: 15)
        for symbol in Traces.loops(5_000, loops: 2, keys: 60, seed: 16) {
            let answer = prefetcher.access(symbol, now: 0, into: &actions)
            if answer != .held(slot: prefetcher.slot(of: symbol) ?? -1) {
                _ = prefetcher.arrived(symbol, weight: 1 + random.below(90), now: 0, into: &actions)
            }
            for fetch in actions.fetches { _ = prefetcher.arrived(fetch, weight: 40, now: 0, into: &actions) }
            actions.removeAll()
            #expect(prefetcher.used <= 1_000)
        }
        _ = prefetcher.access(.max, now: 0, into: &actions)
        #expect(prefetcher.arrived(.max, weight: 1_001, now: 0, into: &actions) == nil)
        #expect(prefetcher.slot(of: .max) == nil)
    }

    @Test("a key that is removed while it is fetched does not come in")
    func removed() {
        var prefetcher = Prefetcher(configuration: PrefetchConfiguration(capacity: 10))
        var actions = PrefetchActions()
        #expect(prefetcher.access(1, now: 0, into: &actions) == .missing)
        #expect(prefetcher.remove(1) == nil)
        #expect(prefetcher.arrived(1, now: 1, into: &actions) == nil)
        #expect(prefetcher.access(1, now: 2, into: &actions) == .missing)
        #expect(prefetcher.arrived(1, now: 3, into: &actions) == 2)
        #expect(prefetcher.access(1, now: 4, into: &actions) == .held(slot: 2))
        #expect(prefetcher.remove(1) == 2)
        #expect(prefetcher.count == 0)
    }
}
