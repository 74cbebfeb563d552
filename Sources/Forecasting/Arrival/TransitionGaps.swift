/// The times between arrivals apart by what came and what came next: of every transition the latest 32.
///
/// A table of transitions, four to a bucket, which doubles up to its most; then the one of a full bucket that was seen longest
/// ago makes room. The gaps of a transition are kept in the order they came and in that of their size, so that a quantile is
/// a look and not a search:
///
///     x_q of n gaps: position q n − ½ among them by size, straight between neighbours
///
/// Ties are met exactly, which a histogram would blur. Memory: 272 B a transition, at most 1.1 MB. Cost: some 50 ns to learn,
/// 5 ns a quantile. Source: ours.
struct TransitionGaps: Sendable {
    /// Gaps kept of a transition.
    static let depth = 32
    /// Gaps after which a transition has quantiles.
    static let enough = 8
    private static let ways = 4
    private static let most = 4_096
    /// Longer gaps count as this one, in microseconds.
    private static let longest: Int64 = 400_000_000_000_000_000

    private struct Entry {
        var from: Int32 = -1
        var to: Int32 = -1
        var count: Int32 = 0
        var used: Int32 = 0
    }

    private var entries = [Entry](repeating: Entry(), count: 64)
    /// `depth` gaps a transition, in microseconds: in the order they came, and by size.
    private var latest = [Float](repeating: 0, count: 64 * depth)
    private var sorted = [Float](repeating: 0, count: 64 * depth)
    private var clock: Int32 = 0

    /// The memory held, in bytes.
    var bytes: Int { entries.count * (MemoryLayout<Entry>.stride + 8 * Self.depth) }

    /// Takes in the time from one symbol to the next.
    mutating func learn(from: Int32, to: Int32, gapMicroseconds gap: Int64) {
        let place = admit(from: from, to: to)
        clock = clock == .max ? 1 : clock + 1
        entries[place].used = clock
        let gap = Float(min(max(gap, 0), Self.longest))
        let start = place * Self.depth
        let slot = start + Int(entries[place].count) & (Self.depth - 1)
        var size = min(Int(entries[place].count), Self.depth)
        if size == Self.depth {
            remove(latest[slot], start: start, size: size)
            size -= 1
        }
        insert(gap, start: start, size: size)
        latest[slot] = gap
        // Beyond two rounds only the place in the ring matters.
        entries[place].count = entries[place].count + 1 == 2 * Int32(Self.depth) ? 32 : entries[place].count + 1
    }

    /// Where a transition stands; nil where too little is known of it.
    func find(from: Int32, to: Int32) -> Int? {
        let bucket = bucket(from, to)
        for place in bucket..<bucket + Self.ways where entries[place].from == from && entries[place].to == to {
            return entries[place].count >= Int32(Self.enough) ? place : nil
        }
        return nil
    }

    /// A quantile of the transition at a place, in microseconds.
    func quantile(_ level: Float, at place: Int) -> Double {
        let size = min(Int(entries[place].count), Self.depth)
        let position = min(max(level * Float(size) - 0.5, 0), Float(size - 1))
        let below = Int(position)
        let low = sorted[place * Self.depth + below]
        let high = sorted[place * Self.depth + min(below + 1, size - 1)]
        return Double(low + (position - Float(below)) * (high - low))
    }

    // MARK: Room

    private func bucket(_ from: Int32, _ to: Int32) -> Int {
        let hash = ContextHash.mixed(UInt64(UInt32(bitPattern: from)), UInt64(UInt32(bitPattern: to)))
        return Int(truncatingIfNeeded: hash >> 8) & (entries.count - 1) & ~(Self.ways - 1)
    }

    private mutating func admit(from: Int32, to: Int32) -> Int {
        let bucket = bucket(from, to)
        var oldest = bucket
        for place in bucket..<bucket + Self.ways {
            if entries[place].from == from, entries[place].to == to { return place }
            if entries[place].count == 0 {
                entries[place] = Entry(from: from, to: to)
                return place
            }
            if entries[place].used < entries[oldest].used { oldest = place }
        }
        if entries.count < Self.most {
            grow()
            return admit(from: from, to: to)
        }
        entries[oldest] = Entry(from: from, to: to)
        return oldest
    }

    /// Doubles the table. What was in one bucket is in two now, so none has to leave for it.
    private mutating func grow() {
        var wider = TransitionGaps()
        wider.entries = [Entry](repeating: Entry(), count: 2 * entries.count)
        wider.latest = [Float](repeating: 0, count: 2 * latest.count)
        wider.sorted = wider.latest
        wider.clock = clock
        for place in entries.indices where entries[place].count > 0 {
            let new = wider.admit(from: entries[place].from, to: entries[place].to)
            wider.entries[new] = entries[place]
            for index in 0..<Self.depth {
                wider.latest[new * Self.depth + index] = latest[place * Self.depth + index]
                wider.sorted[new * Self.depth + index] = sorted[place * Self.depth + index]
            }
        }
        self = wider
    }

    private mutating func remove(_ gap: Float, start: Int, size: Int) {
        var place = start
        while sorted[place] != gap { place += 1 }
        while place + 1 < start + size {
            sorted[place] = sorted[place + 1]
            place += 1
        }
    }

    private mutating func insert(_ gap: Float, start: Int, size: Int) {
        var place = start + size
        while place > start, sorted[place - 1] > gap {
            sorted[place] = sorted[place - 1]
            place -= 1
        }
        sorted[place] = gap
    }
}

extension TransitionGaps {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        let size = try coder.count(entries.count, upTo: Self.most, bytesEach: 4)
        try coder.check(size >= 64 && size & (size - 1) == 0, "a table of \(size) transitions")
        if coder.isReading {
            entries = [Entry](repeating: Entry(), count: size)
            latest = [Float](repeating: 0, count: size * Self.depth)
            sorted = latest
        }
        try coder.pass(&clock, in: 0...(.max))
        for place in entries.indices {
            try coder.pass(&entries[place].count, in: 0...2 * Int32(Self.depth) - 1)
            guard entries[place].count > 0 else { continue }
            try coder.pass(&entries[place].from, in: 0...(.max))
            try coder.pass(&entries[place].to, in: 0...(.max))
            try coder.pass(&entries[place].used, in: 0...(.max))
            let start = place * Self.depth
            let size = min(Int(entries[place].count), Self.depth)
            for slot in start..<start + size {
                try coder.pass(&latest[slot])
                try coder.check(latest[slot] >= 0, "a gap is negative")
                if coder.isReading { insert(latest[slot], start: start, size: slot - start) }
            }
        }
    }
}
