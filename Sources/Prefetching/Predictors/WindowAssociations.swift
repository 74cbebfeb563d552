/// Keys that are often asked for soon after a key, whatever comes between: within the next `window` requests.
///
/// Interleaved readers tear chains apart; pairs in a window stay. Of two keys the later one is counted for the earlier one; it is
/// named when it came at least twice, with count ÷ visits as its probability. Where a fetch takes long, keys that come too soon
/// could not be had in time: `lead` requests at the window's near end are left out, and its far end moves as far.
///
/// Memory: a table of `bytes`, 96 B a key. Cost: `window` updates an access, some 0.3 µs; that is most of what prefetching costs.
/// Source: Griffioen and Appleton, Reducing file system latency using a predictive approach (probability graph), 1994; Yang et
/// al., Mithril, SoCC 2017.
struct WindowAssociations: Sendable {
    /// Requests over which pairs are counted.
    static let window = 16
    /// The longest distance of a pair, with whatever lead.
    private static let farthest = 64
    private static let floor = 0.2

    private var table: FollowerTable
    /// The latest keys, with the rows they had.
    private var recent: [(symbol: UInt64, row: Int)]
    private var count = 0

    /// Creates a table that holds at most `bytes`.
    init(bytes: Int) {
        table = FollowerTable(width: 8, bytes: bytes)
        recent = [(symbol: UInt64, row: Int)](repeating: (0, 0), count: Self.farthest)
    }

    /// The memory held, in bytes.
    var bytes: Int { table.bytes }

    /// Takes in a key; pairs fewer than `lead` + 1 requests apart are left out.
    mutating func learn(_ symbol: UInt64, lead: Int) {
        let lead = min(lead, Self.farthest - Self.window)
        for age in lead..<max(lead, min(lead + Self.window, count)) {
            let place = (count - 1 - age) & (Self.farthest - 1)
            let (earlier, row) = recent[place]
            guard earlier != symbol, let row = table.holds(earlier, at: row) ? row : table.find(earlier) else {
                continue
            }
            recent[place].row = row
            table.follow(row, by: symbol)
        }
        let row = table.admit(symbol)
        table.visit(row)
        recent[count & (Self.farthest - 1)] = (symbol, row)
        count += 1
    }

    /// Names what may follow `symbol`, the latest key.
    func predict(after symbol: UInt64, into candidates: inout [Candidate]) {
        guard let row = table.find(symbol), table.total(at: row) >= 2 else { return }
        let total = Double(table.total(at: row))
        for place in 0..<table.width {
            let (follower, count) = table.follower(place, at: row)
            guard count >= 2 else { continue }
            let probability = min(1, Double(count) / total)
            guard probability >= Self.floor else { continue }
            candidates.append(
                Candidate(
                    symbol: follower, source: .association, trust: UInt8(min(9, probability * 10)),
                    distance: Int32(Self.window / 2)))
        }
    }
}
