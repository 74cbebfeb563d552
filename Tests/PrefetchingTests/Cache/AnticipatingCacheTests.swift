import Synchronization
import Testing

@testable import Prefetching

@Suite("AnticipatingCache") struct AnticipatingCacheTests {
    /// A cache over a store, with a clock turned by hand.
    private func cache(
        _ store: ScriptedStore, capacity: Int = 10, maxStaleness: Duration = .seconds(10),
        clock: HandClock = HandClock()
    ) -> AnticipatingCache<Int, String> {
        AnticipatingCache(capacity: capacity, maxStaleness: maxStaleness, clock: clock) { try await store.load($0) }
    }

    /// Waits until so many reads were taken in.
    private func reads(_ count: Int, of cache: AnticipatingCache<Int, String>) async {
        while await cache.statistics.requests < count { await Task.yield() }
    }

    @Test("a value is loaded once, and absence too")
    func loadsOnce() async throws {
        let store = ScriptedStore(rows: [1: "a"])
        let cache = cache(store)
        for _ in 0..<3 {
            #expect(try await cache.value(for: 1) == "a")
            #expect(try await cache.value(for: 1_000) == nil)
        }
        #expect(store.calls == [[1], [1_000]])
        #expect(await cache.statistics.hits == 4)
    }

    @Test("readers of one key wait for one load")
    func singleFlight() async throws {
        let store = ScriptedStore(isHolding: true)
        let cache = cache(store)
        async let first = cache.value(for: 1)
        await store.arrival()
        async let second = cache.value(for: 1)
        async let third = cache.value(for: 1)
        await reads(3, of: cache)
        await store.release(with: [1: "a"])
        #expect(try await [first, second, third] == ["a", "a", "a"])
        #expect(store.calls == [[1]])
    }

    @Test("a value is served until it is too old, counted from before its load began")
    func staleness() async throws {
        let clock = HandClock()
        let store = ScriptedStore(isHolding: true)
        let cache = cache(store, clock: clock)
        async let first = cache.value(for: 1)
        await store.arrival()
        clock.advance(by: .seconds(6))
        await store.release(with: [1: "old"])
        #expect(try await first == "old")
        clock.advance(by: .seconds(4))
        #expect(try await cache.value(for: 1) == "old")
        clock.advance(by: .microseconds(1))
        async let second = cache.value(for: 1)
        await store.release(with: [1: "new"])
        #expect(try await second == "new")
        #expect(store.calls.count == 2)
    }

    @Test("a load that takes longer than a value may be old is an error, and nothing is kept")
    func tooSlow() async throws {
        let clock = HandClock()
        let store = ScriptedStore(isHolding: true)
        let cache = cache(store, clock: clock)
        let reader = Task { try await cache.value(for: 1) }
        await store.arrival()
        clock.advance(by: .seconds(11))
        await store.release(with: [1: "old"])
        await #expect { try await reader.value } throws: { ($0 as? AnticipatingCacheError)?.code == .tooSlow }
        async let again = cache.value(for: 1)
        await store.release(with: [1: "new"])
        #expect(try await again == "new")
    }

    @Test("what was loading when its key was invalidated is neither served nor kept")
    func invalidatedWhileLoading() async throws {
        let store = ScriptedStore(isHolding: true)
        let cache = cache(store)
        async let reader = cache.value(for: 1)
        await store.arrival()
        await cache.invalidate(1)
        // The reader asks anew, whatever becomes of the first load.
        while store.calls.count < 2 { await Task.yield() }
        await store.release(with: [1: "before"])
        await store.release(with: [1: "after"])
        #expect(try await reader == "after")
        #expect(try await cache.value(for: 1) == "after")
        #expect(store.calls.count == 2)
    }

    @Test("an invalidated key is loaded again, others are not; all are after a gap")
    func invalidate() async throws {
        let store = ScriptedStore(rows: [1: "a", 2: "b"])
        let cache = cache(store)
        _ = try await (cache.value(for: 1), cache.value(for: 2))
        store.set(1, "c")
        await cache.invalidate(1)
        #expect(try await cache.value(for: 1) == "c")
        #expect(try await cache.value(for: 2) == "b")
        #expect(store.calls == [[1], [2], [1]])
        store.set(2, "d")
        await cache.invalidateAll()
        #expect(await cache.count == 0)
        #expect(try await cache.value(for: 2) == "d")
        #expect(try await cache.value(for: 1) == "c")
    }

    @Test("an error reaches all who wait, and the next read loads again")
    func errors() async throws {
        let store = ScriptedStore(isHolding: true)
        let cache = cache(store)
        let first = Task { try await cache.value(for: 1) }
        let second = Task { try await cache.value(for: 1) }
        await reads(2, of: cache)
        await store.fail()
        await #expect(throws: ScriptedStore.Failure.self) { try await first.value }
        await #expect(throws: ScriptedStore.Failure.self) { try await second.value }
        async let again = cache.value(for: 1)
        await store.release(with: [1: "a"])
        #expect(try await again == "a")
    }

    @Test("a reader that is cancelled does not take the others with it")
    func cancellation() async throws {
        let store = ScriptedStore(isHolding: true)
        let cache = cache(store)
        let first = Task { try await cache.value(for: 1) }
        let second = Task { try await cache.value(for: 1) }
        await reads(2, of: cache)
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        await store.release(with: [1: "a"])
        #expect(try await second.value == "a")
        #expect(try await cache.value(for: 1) == "a")
        #expect(store.calls == [[1]])
    }

    @Test("it never holds more than its capacity, and answers rightly all the while")
    func capacity() async throws {
        let cache = AnticipatingCache<UInt64, UInt64>(capacity: 20, maxStaleness: .seconds(60)) { keys in
            Dictionary(uniqueKeysWithValues: keys.map { ($0, $0 &* 3) })
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in 0..<4 {
                group.addTask {
                    for key in Traces.loops(2_000, loops: 2, keys: 100, seed: UInt64(reader % 2)) {
                        let value = try await cache.value(for: key)
                        #expect(value == key &* 3)
                        #expect(await cache.count <= 20)
                    }
                }
            }
            try await group.waitForAll()
        }
        await cache.settled()
        let statistics = await cache.statistics
        #expect(statistics.requests == 8_000)
        #expect(statistics.pending >= 0 && statistics.pending <= 20)
    }

    @Test("it reaches the hit ratio of the prefetcher by itself, on hashed keys and on text", arguments: [60, 300])
    func sameHits(capacity: Int) async throws {
        let trace = Traces.loops(12_000, loops: 3, keys: 400, seed: 21)
        var replayer = Replayer(capacity: capacity)
        let expected = replayer.replay(trace)
        let numbers = AnticipatingCache<UInt64, UInt64>(capacity: capacity, maxStaleness: .seconds(600)) { keys in
            Dictionary(uniqueKeysWithValues: keys.map { ($0, $0) })
        }
        let texts = AnticipatingCache<String, Int>(capacity: capacity, maxStaleness: .seconds(600)) { keys in
            Dictionary(uniqueKeysWithValues: keys.map { ($0, $0.utf8.count) })
        }
        for key in trace {
            #expect(try await numbers.value(for: key) == key)
            await numbers.settled()
            #expect(try await texts.value(for: "key \(key)") == "key \(key)".utf8.count)
            await texts.settled()
        }
        #expect(expected > 0.6)
        #expect(await abs(numbers.statistics.hitRatio - expected) < 0.01)
        #expect(await abs(texts.statistics.hitRatio - expected) < 0.01)
        #expect(await abs(numbers.statistics.precision - replayer.prefetcher.statistics.precision) < 0.05)
    }

    @Test("keys ahead are loaded in one call, with the latest ones bounded")
    func batches() async throws {
        let calls = Mutex<[Int]>([])
        let cache = AnticipatingCache<UInt64, Bool>(capacity: 100, maxStaleness: .seconds(600)) { keys in
            calls.withLock { $0.append(keys.count) }
            return Dictionary(uniqueKeysWithValues: keys.map { ($0, true) })
        }
        for key in Traces.loop(6_000, keys: 500, seed: 22) {
            #expect(try await cache.value(for: key) == true)
            await cache.settled()
        }
        let statistics = await cache.statistics
        let sizes = calls.withLock { $0 }
        #expect(sizes.reduce(0, +) == statistics.issued + statistics.demandFetches)
        #expect(sizes.count < statistics.issued + statistics.demandFetches)
        #expect(sizes.max() ?? 0 <= 50)
    }

    @Test("a load ahead that fails is wasted, and its keys are loaded alone when they are read")
    func aheadFails() async throws {
        let fails = Mutex(false)
        let cache = AnticipatingCache<UInt64, UInt64>(capacity: 50, maxStaleness: .seconds(600)) { keys in
            // Of what is read only the missing one is asked for.
            if fails.withLock({ $0 }), keys.count > 1 || keys[0] & 1 == 0 { throw ScriptedStore.Failure() }
            return Dictionary(uniqueKeysWithValues: keys.map { ($0, $0) })
        }
        let trace = Traces.loop(3_000, keys: 300, seed: 23).map { $0 | 1 }
        for key in trace {
            _ = try await cache.value(for: key)
            await cache.settled()
        }
        fails.withLock { $0 = true }
        for key in trace {
            #expect(try await cache.value(for: key) == key)
            await cache.settled()
        }
        let statistics = await cache.statistics
        #expect(statistics.issued == statistics.useful + statistics.late + statistics.wasted + statistics.pending)
    }
}
