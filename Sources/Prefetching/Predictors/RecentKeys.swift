/// The latest keys, and where among them each was seen last.
///
/// Memory: 20 KB. Cost: two changes of a small map an access.
struct RecentKeys: Sendable {
    /// Keys remembered.
    static let depth = 256

    private var keys = [UInt64](repeating: 0, count: depth)
    private var runs = [Int32](repeating: 0, count: depth)
    private var places = SymbolMap(capacity: depth)
    private(set) var count = 0

    /// The key that came `age` requests before the latest; 0 is the latest.
    @inline(__always)
    func key(_ age: Int) -> UInt64 { keys[(count - 1 - age) & (Self.depth - 1)] }

    /// How many requests ago a key came last; nil where it is not among the latest.
    @inline(__always)
    func age(of symbol: UInt64) -> Int? {
        guard let place = places[symbol] else { return nil }
        return (count - 1 - Int(place)) & (Self.depth - 1)
    }

    /// How many keys in a row, each one above the one before, end at the latest.
    var run: Int { Int(runs[(count - 1) & (Self.depth - 1)]) }

    /// Takes in a key.
    mutating func learn(_ symbol: UInt64) {
        let place = count & (Self.depth - 1)
        var run: Int32 = 1
        if let before = places[symbol &- 1] { run = min(runs[Int(before)] + 1, 1 << 20) }
        // Asking for the same again does not end a run.
        if let same = places[symbol] { run = max(run, runs[Int(same)]) }
        if count >= Self.depth, places[keys[place]] == Int32(place) { places[keys[place]] = nil }
        keys[place] = symbol
        runs[place] = run
        places[symbol] = Int32(place)
        count += 1
    }
}
