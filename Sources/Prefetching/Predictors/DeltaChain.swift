/// Differences between integer keys that followed the latest two differences: strides, and patterns of strides.
///
/// The differences of hashed keys never come again, and then nothing is named. A chain adds the likeliest difference after the
/// latest two, then the likeliest after those; beside it one step is named after the latest difference alone. Only differences
/// seen twice in their context count.
///
/// Memory: a table of `bytes`, 76 B a context. Cost: two updates, a look a link.
/// Source: Nesbit and Smith, Data cache prefetching using a global history buffer (delta correlation), HPCA 2004.
struct DeltaChain: Sendable {
    private static let floor = 0.2
    /// Marks the context of one difference.
    private static let alone: UInt64 = 0x5A17_1E5E_ED00_0001

    private var table: FollowerTable
    private var latest: UInt64 = 0
    private var difference: UInt64 = 0
    private var differenceBefore: UInt64 = 0
    private var isEmpty = true

    /// Creates a table that holds at most `bytes`.
    init(bytes: Int) { table = FollowerTable(width: 6, bytes: bytes) }

    /// The memory held, in bytes.
    var bytes: Int { table.bytes }

    /// Takes in a key.
    mutating func learn(_ symbol: UInt64) {
        if !isEmpty {
            let step = symbol &- latest
            add(step, after: SymbolHash.mixed(differenceBefore, difference))
            add(step, after: SymbolHash.mixed(Self.alone, difference))
            differenceBefore = difference
            difference = step
        }
        isEmpty = false
        latest = symbol
    }

    /// Names what may follow, up to `depth` keys ahead.
    func predict(depth: Int, into candidates: inout [Candidate]) {
        if let row = table.find(SymbolHash.mixed(Self.alone, difference)), table.total(at: row) >= 2 {
            let (step, count) = table.best(at: row)
            let probability = Double(count) / (Double(table.total(at: row)) + 0.5)
            if probability >= Self.floor, step != 0 {
                candidates.append(
                    Candidate(
                        symbol: latest &+ step, source: .delta, trust: UInt8(min(9, probability * 10)), distance: 1))
            }
        }
        var (first, second) = (differenceBefore, difference)
        var symbol = latest
        var probability = 1.0
        for distance in 1...max(1, depth) {
            guard let row = table.find(SymbolHash.mixed(first, second)) else { return }
            let (step, count) = table.best(at: row)
            probability *= Double(count) / (Double(table.total(at: row)) + 0.5)
            guard probability >= Self.floor, count >= 2 else { return }
            symbol &+= step
            candidates.append(
                Candidate(
                    symbol: symbol, source: .deltaChain, trust: UInt8(min(9, probability * 10)),
                    distance: Int32(distance)))
            (first, second) = (second, step)
        }
    }

    private mutating func add(_ step: UInt64, after context: UInt64) {
        let row = table.admit(context)
        table.visit(row)
        table.follow(row, by: step)
    }
}
