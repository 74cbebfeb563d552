/// A cache that loads before the read: it learns from what is read which keys come next, and has them loaded ahead.
///
///     let customers = AnticipatingCache<String, Customer>(capacity: 10_000, maxStaleness: .seconds(30)) { keys in
///         try await database.customers(withIDs: keys)     // one query for all of them
///     }
///     let customer = try await customers.value(for: "c-4711")
///
/// * **Single flight.** Of one key at most one load is under way; who reads it meanwhile waits for the same one.
/// * **Batches.** What is loaded ahead of one read is loaded with one call of `load`.
/// * **Staleness.** A value is served until `maxStaleness` has passed since before its load began, and no longer. After
///   ``invalidate(_:)`` nothing that was loading then is served or kept; who waits for it waits for a new load.
/// * **Errors** of `load` reach those who wait for the key, and nothing is kept of them: the next read loads again. Where a
///   load ahead fails, who waits for one of its keys loads that alone.
/// * **Cancellation** of a reader ends its own wait only.
/// * A key that `load` leaves out is known to be absent: that, too, is kept for `maxStaleness`.
///
/// Keys that are whole numbers are predicted by their differences, too; others are known by a hash, and of the latest
/// 65,536 (or four times the capacity) is known which key that is. Memory: the values, some 500 B an entry, and at most 64 MiB of predictors.
/// Cost: some 5 µs a read.
public actor AnticipatingCache<Key: Hashable & Sendable, Value: Sendable> {
    /// Loads the values of keys, in one go; a key without a value is left out. It runs outside the cache.
    public typealias Load = @concurrent @Sendable ([Key]) async throws -> [Key: Value]

    typealias Entry = CacheEntry<Key, Value>
    typealias Flight = CacheFlight<Key, Value>

    /// Loads of one read after which it gives up, since each was invalidated.
    private static var mostAttempts: Int { 8 }
    /// The fewest keys that are remembered by their hashes.
    static var leastDirectory: Int { 65_536 }

    private let load: Load
    private let now: @Sendable () -> Int64
    private let maxStalenessMicroseconds: Int64
    private var prefetcher: Prefetcher
    private var directory: KeyDirectory<Key>
    private var actions = PrefetchActions()
    /// The values, by slot.
    private var entries: [Entry?] = []
    private var flights: [UInt64: Flight] = [:]
    private var readers = 0
    /// Loads ahead that run.
    private var running = 0

    init(
        configuration: PrefetchConfiguration, maxStaleness: Duration, directory: KeyDirectory<Key>,
        now: @escaping @Sendable () -> Int64, load: @escaping Load
    ) {
        self.load = load
        self.now = now
        self.directory = directory
        maxStalenessMicroseconds = maxStaleness.wholeMicroseconds
        prefetcher = Prefetcher(configuration: configuration)
    }

    /// What prefetching did so far. A value that has become too old, or was invalidated, counts as not held.
    public var statistics: PrefetchStatistics { prefetcher.statistics }

    /// The values held, known absences included; some may be too old to be served.
    public var count: Int { prefetcher.count }

    /// The value of a key, loaded if it is not held; nil where there is none.
    ///
    /// - Throws: What `load` threw; `CancellationError`, if the reader was cancelled while it waited; ``AnticipatingCacheError``, if
    ///   a load took longer than `maxStaleness`, or each of eight was invalidated.
    public func value(for key: Key) async throws -> Value? {
        let symbol = directory.symbol(key)
        directory.note(key, symbol: symbol)
        removeIfStale(symbol)
        var answer = prefetcher.access(symbol, now: now(), into: &actions)
        for _ in 0..<Self.mostAttempts {
            if case .held(let slot) = answer {
                perform()
                guard let entry = entries[slot], entry.key == key else { return try await loadAlone(key) }
                return entry.value
            }
            if case .missing = answer { begin([key], isAhead: false) }
            perform()
            guard let flight = flights[symbol], flight.key == key else { return try await loadAlone(key) }
            switch await outcome(of: flight) {
            case .loaded(let entry) where isFresh(entry): return entry.value
            case .loaded where !flight.isAhead:
                throw AnticipatingCacheError(
                    .tooSlow, "a load took longer than maxStaleness: make it faster, or maxStaleness longer")
            case .failed(let error): throw error
            case .cancelled: throw CancellationError()
            case .loaded, .givenUp: break
            }
            removeIfStale(symbol)
            answer = prefetcher.retry(symbol, now: now())
        }
        if case .missing = answer { prefetcher.failed(symbol, now: now()) }
        throw AnticipatingCacheError(
            .invalidated, "the key was invalidated during each of \(Self.mostAttempts) loads: read again later")
    }

    /// Forgets the value of a key, which has changed. A load that is under way began before that: it is neither served nor kept.
    public func invalidate(_ key: Key) { invalidate(symbol: directory.symbol(key)) }

    /// Forgets all values: after a gap in the notices of what changed, for instance.
    public func invalidateAll() {
        for symbol in flights.keys { invalidate(symbol: symbol) }
        for case .some(let entry) in entries { invalidate(symbol: directory.symbol(entry.key)) }
    }

    /// Waits until no load ahead is under way.
    package func settled() async {
        while running > 0 { await Task.yield() }
    }

    // MARK: Loads

    /// Lets go of what was evicted, and begins the loads ahead, as one.
    private func perform() {
        for eviction in actions.evictions { entries[eviction.slot] = nil }
        var ahead: [Key] = []
        for symbol in actions.fetches {
            if let key = directory.key(of: symbol) { ahead.append(key) } else { prefetcher.withdraw(symbol) }
        }
        actions.removeAll()
        if !ahead.isEmpty { begin(ahead, isAhead: true) }
    }

    /// Begins one load of some keys.
    private func begin(_ keys: [Key], isAhead: Bool) {
        let started = now()
        let begun = keys.map { Flight(key: $0, microseconds: started, isAhead: isAhead) }
        for flight in begun { flights[directory.symbol(flight.key)] = flight }
        if isAhead { running += 1 }
        // Not a child of the reader: others may come to wait for it, and outlive the reader.
        Task {
            let result: Result<[Key: Value], any Error>
            do { result = .success(try await load(keys)) } catch { result = .failure(error) }
            for flight in begun { end(flight, result) }
            if isAhead { running -= 1 }
        }
    }

    /// Takes in how the load of a key ended.
    private func end(_ flight: Flight, _ result: Result<[Key: Value], any Error>) {
        let symbol = directory.symbol(flight.key)
        // Given up meanwhile: who waited has been told.
        guard flights[symbol] === flight else { return }
        flights[symbol] = nil
        switch result {
        case .failure(let error):
            prefetcher.failed(symbol, now: now())
            flight.end(flight.isAhead ? .givenUp : .failed(error))
        case .success(let values):
            let entry = Entry(key: flight.key, value: values[flight.key], microseconds: flight.microseconds)
            let slot = prefetcher.arrived(symbol, now: now(), into: &actions)
            perform()
            if let slot {
                while entries.count <= slot { entries.append(nil) }
                entries[slot] = entry
            }
            flight.end(.loaded(entry))
        }
    }

    /// Loads a key that shares its symbol with another one, past the cache.
    private func loadAlone(_ key: Key) async throws -> Value? { try await load([key])[key] }

    // MARK: Waiting

    /// Waits for the end of a load, or for the reader's cancellation.
    private func outcome(of flight: Flight) async -> Flight.Outcome {
        readers += 1
        let number = readers
        return await withTaskCancellationHandler {
            await withCheckedContinuation { flight.add($0, number: number) }
        } onCancel: {
            flight.cancel(number)
        }
    }

    // MARK: Age

    private func isFresh(_ entry: Entry) -> Bool { now() - entry.microseconds <= maxStalenessMicroseconds }

    private func removeIfStale(_ symbol: UInt64) {
        guard let slot = prefetcher.slot(of: symbol), let entry = entries[slot], !isFresh(entry) else { return }
        _ = prefetcher.remove(symbol)
        entries[slot] = nil
    }

    private func invalidate(symbol: UInt64) {
        let flight = flights.removeValue(forKey: symbol)
        if let slot = prefetcher.remove(symbol) { entries[slot] = nil }
        flight?.end(.givenUp)
    }
}
