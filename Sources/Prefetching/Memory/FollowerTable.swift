/// What followed what: a bounded table of contexts, each with the few symbols that followed it and how often.
///
/// Four contexts to a bucket. In a full bucket the context used longest ago makes room, unless a sixth of the table is taken and it
/// may still double: then it does. A context keeps at most `width` followers; a new one takes the place of the rarest if that was
/// seen once, else wears it down (the Misra–Gries way). Counts are halved beyond `ceiling`, so that what is common now outweighs
/// what was.
///
/// Memory: 16 + 10 · width B a context. Cost: some 10 ns where the row is in the cache, two misses of the cache where it is not.
/// Source: Joseph and Grunwald, Prefetching using Markov predictors, ISCA 1997.
struct FollowerTable: Sendable {
    private static let ways = 4

    /// Followers a context keeps at most.
    let width: Int
    /// The count beyond which all of a context are halved.
    private let ceiling: UInt16
    private let most: Int
    private var tags: [UInt64]
    private var used: [UInt32]
    private var totals: [UInt16]
    private var followers: [UInt64]
    private var counts: [UInt16]
    private var clock: UInt32 = 0
    /// The contexts held.
    private var count = 0

    /// Creates a table that holds at most `bytes`.
    init(width: Int, bytes: Int, ceiling: UInt16 = 48) {
        self.width = width
        self.ceiling = ceiling
        var rows = 64
        while 2 * rows * (16 + 10 * width) <= bytes { rows *= 2 }
        most = rows
        let start = min(rows, 256)
        tags = [UInt64](repeating: 0, count: start)
        used = [UInt32](repeating: 0, count: start)
        totals = [UInt16](repeating: 0, count: start)
        followers = [UInt64](repeating: 0, count: start * width)
        counts = [UInt16](repeating: 0, count: start * width)
    }

    /// The memory held, in bytes.
    var bytes: Int { tags.count * (16 + 10 * width) }

    /// Where a context stands; nil where it is not known.
    @inline(__always)
    func find(_ tag: UInt64) -> Int? {
        let bucket = bucket(tag)
        for row in bucket..<bucket + Self.ways where tags[row] == tag && used[row] != 0 { return row }
        return nil
    }

    /// Whether a row still belongs to a context.
    @inline(__always)
    func holds(_ tag: UInt64, at row: Int) -> Bool { row < tags.count && tags[row] == tag && used[row] != 0 }

    /// How often the context of a row was seen.
    @inline(__always)
    func total(at row: Int) -> Int { Int(totals[row]) }

    /// The follower in a place of a row, and how often it followed; 0 times where there is none.
    @inline(__always)
    func follower(_ place: Int, at row: Int) -> (symbol: UInt64, count: Int) {
        let cell = row * width + place
        return (followers[cell], Int(counts[cell]))
    }

    /// The most frequent follower of a row.
    @inline(__always)
    func best(at row: Int) -> (symbol: UInt64, count: Int) {
        let start = row * width
        var best = start
        for cell in start + 1..<start + width where counts[cell] > counts[best] { best = cell }
        return (followers[best], Int(counts[best]))
    }

    /// Finds a context's row, or makes one.
    mutating func admit(_ tag: UInt64) -> Int {
        clock &+= 1
        if clock == 0 { restartClock() }
        let bucket = bucket(tag)
        var victim = bucket
        for row in bucket..<bucket + Self.ways {
            if used[row] == 0 {
                victim = row
                break
            }
            if tags[row] == tag {
                used[row] = clock
                return row
            }
            if used[row] < used[victim] { victim = row }
        }
        if used[victim] == 0 {
            count += 1
        } else if tags.count < most, 6 * count >= tags.count {
            grow()
            return admit(tag)
        }
        tags[victim] = tag
        used[victim] = clock
        totals[victim] = 0
        for cell in victim * width..<(victim + 1) * width { counts[cell] = 0 }
        return victim
    }

    /// Counts that the context of a row was seen.
    @inline(__always)
    mutating func visit(_ row: Int) {
        totals[row] += 1
        if totals[row] > ceiling { halve(row) }
    }

    /// Counts that `symbol` followed the context of a row.
    mutating func follow(_ row: Int, by symbol: UInt64) {
        let start = row * width
        var rarest = start
        for cell in start..<start + width {
            if counts[cell] == 0 {
                rarest = cell
                break
            }
            if followers[cell] == symbol {
                counts[cell] += 1
                if counts[cell] > ceiling { halve(row) }
                return
            }
            if counts[cell] < counts[rarest] { rarest = cell }
        }
        if counts[rarest] <= 1 {
            followers[rarest] = symbol
            counts[rarest] = 1
        } else {
            counts[rarest] -= 1
        }
    }

    @inline(__always)
    private func bucket(_ tag: UInt64) -> Int {
        Int(truncatingIfNeeded: SymbolHash.mixed(tag) >> 9) & (tags.count - 1) & ~(Self.ways - 1)
    }

    private mutating func halve(_ row: Int) {
        totals[row] /= 2
        // Followers close the gaps of those that are gone.
        var end = row * width
        for cell in row * width..<(row + 1) * width {
            let half = counts[cell] / 2
            counts[cell] = 0
            if half > 0 {
                followers[end] = followers[cell]
                counts[end] = half
                end += 1
            }
        }
    }

    /// Doubles the table. What was in one bucket is in two now, so none has to leave for it.
    private mutating func grow() {
        let old = self
        let size = 2 * tags.count
        tags = [UInt64](repeating: 0, count: size)
        used = [UInt32](repeating: 0, count: size)
        totals = [UInt16](repeating: 0, count: size)
        followers = [UInt64](repeating: 0, count: size * width)
        counts = [UInt16](repeating: 0, count: size * width)
        for row in old.tags.indices where old.used[row] != 0 {
            let bucket = bucket(old.tags[row])
            var new = bucket
            while used[new] != 0 { new += 1 }
            tags[new] = old.tags[row]
            used[new] = old.used[row]
            totals[new] = old.totals[row]
            for place in 0..<width {
                followers[new * width + place] = old.followers[row * width + place]
                counts[new * width + place] = old.counts[row * width + place]
            }
        }
    }

    /// After 2^32 uses all contexts count as equally old.
    private mutating func restartClock() {
        for row in used.indices where used[row] != 0 { used[row] = 1 }
        clock = 2
    }
}
