/// The fetches under way: one a key. Memory: 64 B a fetch.
struct FetchTable: Sendable {
    /// A fetch under way.
    struct Fetch: Sendable {
        var symbol: UInt64
        /// The gate's cell of a prefetch, else −1.
        var cell: Int32
        /// Whether somebody asked for the key.
        var isWanted: Bool
        /// The request at which it began.
        var request: Int
        /// When it began.
        var microseconds: Int64
    }

    private var fetches: [Fetch] = []
    private var places = SymbolMap()
    private var free: [Int32] = []
    /// How many of them are prefetches.
    private(set) var prefetches = 0

    /// Whether a key is being fetched.
    @inline(__always)
    func contains(_ symbol: UInt64) -> Bool { places[symbol] != nil }

    /// Notes that a fetch began.
    mutating func begin(_ fetch: Fetch) {
        let place = free.popLast() ?? Int32(fetches.count)
        if Int(place) == fetches.count { fetches.append(fetch) } else { fetches[Int(place)] = fetch }
        places[fetch.symbol] = place
        if fetch.cell >= 0 { prefetches += 1 }
    }

    /// Notes that somebody asked for a key that is under way; returns its fetch as it was, nil where there is none.
    mutating func want(_ symbol: UInt64) -> Fetch? {
        guard let place = places[symbol] else { return nil }
        let fetch = fetches[Int(place)]
        fetches[Int(place)].isWanted = true
        return fetch
    }

    /// Ends the fetch of a key; nil where there is none.
    mutating func end(_ symbol: UInt64) -> Fetch? {
        guard let place = places[symbol] else { return nil }
        places[symbol] = nil
        free.append(place)
        if fetches[Int(place)].cell >= 0 { prefetches -= 1 }
        return fetches[Int(place)]
    }
}
