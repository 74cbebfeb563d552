/// Keys that followed the latest two keys, or the latest one: a chain from the likeliest to its likeliest, and the others next.
///
///     p(chain of d) = Π c_i / (n_i + ½),    c the count of the likeliest successor, n that of its context
///
/// A link is taken from the context of two keys where that is known, else from that of one. The chain ends where p falls below
/// `floor`. Memory: two tables of `bytes` / 2 each, 76 B a context. Cost: two updates and up to two looks a link.
/// Source: Joseph and Grunwald, ISCA 1997; orders as in Vitter and Krishnan, Optimal prefetching via data compression, 1996.
struct SuccessorChain: Sendable {
    /// The probability below which a chain ends.
    private static let floor = 0.2
    /// The probability below which a single successor is not named.
    private static let singleFloor = 0.1

    private var pairs: FollowerTable
    private var singles: FollowerTable
    private var latest: UInt64 = 0
    private var before: UInt64 = 0
    private var seen = 0

    /// Creates tables that hold at most `bytes`.
    init(bytes: Int) {
        pairs = FollowerTable(width: 6, bytes: bytes / 2)
        singles = FollowerTable(width: 6, bytes: bytes / 2)
    }

    /// The memory held, in bytes.
    var bytes: Int { pairs.bytes + singles.bytes }

    /// Takes in a key.
    mutating func learn(_ symbol: UInt64) {
        if seen >= 1 {
            let row = singles.admit(latest)
            singles.visit(row)
            singles.follow(row, by: symbol)
        }
        if seen >= 2 {
            let row = pairs.admit(SymbolHash.mixed(before, latest))
            pairs.visit(row)
            pairs.follow(row, by: symbol)
        }
        before = latest
        latest = symbol
        seen = min(2, seen + 1)
    }

    /// Names what may follow, up to `depth` keys ahead.
    func predict(depth: Int, into candidates: inout [Candidate]) {
        guard seen >= 2 else { return }
        var (first, second) = (before, latest)
        var probability = 1.0
        for distance in 1...max(1, depth) {
            var source = PredictionSource.pairSuccessor
            var link: (symbol: UInt64, count: Int)
            let total: Int
            if let row = pairs.find(SymbolHash.mixed(first, second)), pairs.total(at: row) > 0 {
                link = pairs.best(at: row)
                total = pairs.total(at: row)
            } else if let row = singles.find(second) {
                link = singles.best(at: row)
                total = singles.total(at: row)
                source = .successor
            } else {
                break
            }
            guard link.count > 0 else { break }
            probability *= Double(link.count) / (Double(total) + 0.5)
            guard probability >= Self.floor else { break }
            candidates.append(
                Candidate(
                    symbol: link.symbol, source: source, trust: UInt8(min(9, probability * 10)),
                    distance: Int32(distance)))
            (first, second) = (second, link.symbol)
        }
        guard let row = singles.find(latest) else { return }
        for place in 0..<singles.width {
            let (symbol, count) = singles.follower(place, at: row)
            guard count > 0 else { break }
            let probability = Double(count) / (Double(singles.total(at: row)) + 0.5)
            guard probability >= Self.singleFloor else { continue }
            candidates.append(
                Candidate(
                    symbol: symbol, source: .alternative, trust: UInt8(min(9, probability * 10)), distance: 1))
        }
    }
}
