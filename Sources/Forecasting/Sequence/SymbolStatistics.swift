/// How often each symbol came, in all and lately, with the most frequent ones at hand.
///
/// A symbol counts at the place of its low sixteen bits: a number that shares them with an older one takes its place, and what the
/// older one counted is forgotten. So the memory is bounded however many symbols come.
///
/// ```swift
/// var statistics = SymbolStatistics()
/// statistics.add(3)
/// statistics.count(of: 3)   // 1
/// ```
///
/// Size: 12 bytes a place, 786 kB at most. The lately seen decay by 2 % an event.
struct SymbolStatistics {
    /// How many symbols are told apart.
    static let capacity = 1 << 16
    /// How many of the most frequent are at hand.
    private static let leading = 64
    private static let decay = 0.02

    private var symbols: [Int32] = []
    private var counts: [UInt32] = []
    private var decayed: [Float] = []
    /// What an event counts in `decayed` now: it grows instead of all others shrinking.
    private var increment: Float = 1
    /// The most frequent symbols, falling.
    private(set) var leaders: [Int32] = []
    /// All counts.
    private(set) var total = 0
    /// How many symbols are counted.
    private(set) var distinct = 0

    /// The memory held.
    var bytes: Int { counts.count * 12 }

    /// How often a symbol came.
    @inline(__always)
    func count(of symbol: Int32) -> UInt32 {
        let place = Self.place(symbol)
        return place < symbols.count && symbols[place] == symbol ? counts[place] : 0
    }

    /// How often it came lately, of 1 in all.
    @inline(__always)
    func share(of symbol: Int32) -> Float {
        let place = Self.place(symbol)
        return place < symbols.count && symbols[place] == symbol
            ? decayed[place] / increment * Float(Self.decay) : 0
    }

    /// Takes in a symbol.
    mutating func add(_ symbol: Int32) {
        let place = Self.place(symbol)
        if place >= symbols.count { grow(to: place + 1) }
        if symbols[place] != symbol {
            forget(place)
            symbols[place] = symbol
            distinct += 1
        }
        counts[place] += 1
        total += 1
        increment /= Float(1 - Self.decay)
        decayed[place] += increment
        if increment > 1e12 {
            for index in decayed.indices { decayed[index] /= increment }
            increment = 1
        }
        lead(symbol, count: counts[place])
    }

    @inline(__always)
    private static func place(_ symbol: Int32) -> Int { Int(symbol) & (capacity - 1) }

    private mutating func grow(to count: Int) {
        let size = min(max(count, symbols.count * 2, 64), Self.capacity)
        let more = size - symbols.count
        symbols += Array(repeating: -1, count: more)
        counts += Array(repeating: 0, count: more)
        decayed += Array(repeating: 0, count: more)
    }

    private mutating func forget(_ place: Int) {
        guard symbols[place] >= 0 else { return }
        leaders.removeAll { $0 == symbols[place] }
        total -= Int(counts[place])
        distinct -= 1
        counts[place] = 0
        decayed[place] = 0
    }

    /// Keeps the leaders sorted after a symbol was counted.
    private mutating func lead(_ symbol: Int32, count: UInt32) {
        var rank = leaders.count
        if let known = leaders.firstIndex(of: symbol) {
            rank = known
        } else if rank < Self.leading {
            leaders.append(symbol)
        } else {
            guard self.count(of: leaders[rank - 1]) < count else { return }
            rank -= 1
            leaders[rank] = symbol
        }
        while rank > 0, self.count(of: leaders[rank - 1]) < count {
            leaders.swapAt(rank, rank - 1)
            rank -= 1
        }
    }
}

extension SymbolStatistics {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("symbols")
        try coder.pass(list: &symbols, upTo: Self.capacity, empty: -1)
        try coder.pass(list: &counts, upTo: Self.capacity, empty: 0)
        try coder.pass(list: &decayed, upTo: Self.capacity, empty: 0)
        try coder.check(
            symbols.count == counts.count && counts.count == decayed.count, "symbols and their counts differ in number")
        try coder.check(counts.allSatisfy { $0 < .max / 2 }, "a symbol is counted too often")
        try coder.check(decayed.allSatisfy { $0.isFinite && $0 >= 0 }, "a decayed count is no number")
        for place in symbols.indices {
            let fits = symbols[place] < 0 ? counts[place] == 0 : Self.place(symbols[place]) == place
            try coder.check(fits, "a symbol stands at another's place")
        }
        try coder.pass(&increment)
        let most = 64 * increment
        try coder.check(
            increment >= 1 && increment <= 1e13 && decayed.allSatisfy { $0 <= most },
            "decayed counts sum to more than all")
        try coder.pass(list: &leaders, upTo: Self.leading, empty: 0)
        try coder.check(leaders.allSatisfy { count(of: $0) > 0 }, "a leading symbol is not counted")
        if coder.isReading {
            total = counts.reduce(0) { $0 + Int($1) }
            distinct = symbols.count { $0 >= 0 }
        }
    }
}
