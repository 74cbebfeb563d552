import Prefetching

/// What the keys that events of a statement needed say of the keys that the next ones will need: beside what is predicted of the
/// events themselves.
///
/// The keys go through a ``Prefetcher``, whose room is that of the staged rows: what it takes out leaves them too. Bounded by its
/// configuration and by a directory of the keys behind its symbols.
struct KeyAnticipation {
    /// What is to be done after a key was needed, or its rows came.
    struct Advice {
        /// Keys to fetch ahead.
        var fetches: [String] = []
        /// Keys whose rows make room.
        var evictions: [String] = []
    }

    private var prefetcher: Prefetcher
    private var actions = PrefetchActions()
    /// The keys behind symbols: those seen lately, and those seen before them.
    private var young: [UInt64: String] = [:]
    private var old: [UInt64: String] = [:]
    private let directoryLimit: Int
    /// Whether every key so far was a whole number, so that a number that was never seen is a key.
    private var hasOnlyNumbers = true

    init(limits: LookupLimits) {
        var configuration = PrefetchConfiguration(capacity: max(1, limits.stagedBytes))
        configuration.predictorBytes = limits.predictorBytes
        prefetcher = Prefetcher(configuration: configuration)
        directoryLimit = max(1, limits.rememberedKeys / 2)
    }

    /// The accesses that plain LRU of the same bytes would have served.
    var plainHits: Int { prefetcher.statistics.plainHits }
    /// Those of them that were not served, because of what was fetched ahead.
    var polluted: Int { prefetcher.statistics.polluted }

    /// Takes in that an event needs a key.
    ///
    /// - Parameter weight: The bytes of its rows, where they are staged.
    mutating func need(_ key: String, weight: Int?, now: Int64) -> Advice {
        let symbol = KeySymbol.of(key.utf8)
        note(key, symbol)
        actions.removeAll()
        let answer = prefetcher.access(symbol, now: now, into: &actions)
        // Staged by what was predicted of its event.
        if let weight, answer == .missing { _ = prefetcher.arrived(symbol, weight: weight, now: now, into: &actions) }
        return advice()
    }

    /// Takes in that a key's rows came.
    mutating func arrived(_ key: String, weight: Int, now: Int64) -> Advice {
        actions.removeAll()
        _ = prefetcher.arrived(KeySymbol.of(key.utf8), weight: max(1, weight), now: now, into: &actions)
        return advice()
    }

    /// Takes in that a key's rows did not come.
    mutating func failed(_ key: String, now: Int64) { prefetcher.failed(KeySymbol.of(key.utf8), now: now) }

    /// Takes in that a key's rows are no longer staged.
    mutating func remove(_ key: String) { _ = prefetcher.remove(KeySymbol.of(key.utf8)) }

    /// Takes in that a key is not fetched ahead after all.
    mutating func withdraw(_ key: String) { prefetcher.withdraw(KeySymbol.of(key.utf8)) }

    private mutating func advice() -> Advice {
        var advice = Advice()
        for symbol in actions.fetches {
            if let key = key(of: symbol) { advice.fetches.append(key) } else { prefetcher.withdraw(symbol) }
        }
        for eviction in actions.evictions {
            if let key = key(of: eviction.symbol) { advice.evictions.append(key) }
        }
        return advice
    }

    private func key(of symbol: UInt64) -> String? {
        young[symbol] ?? old[symbol] ?? (hasOnlyNumbers ? "\(Int64(bitPattern: symbol))" : nil)
    }

    private mutating func note(_ key: String, _ symbol: UInt64) {
        guard young[symbol] == nil else { return }
        if hasOnlyNumbers, key != "\(Int64(bitPattern: symbol))" { hasOnlyNumbers = false }
        young[symbol] = key
        guard young.count >= directoryLimit else { return }
        old = young
        young = [:]
    }
}
