/// Counts of what followed a context, for as many contexts as fit into a given memory.
///
/// A context is a 64-bit hash. Its node holds the eight symbols that lead after it, with counts that are halved when one
/// reaches 250, so that the late past weighs more. Four nodes share a bucket; a context that is not there takes the node
/// of its bucket that was used least.
///
/// ```swift
/// var table = ContextTable(bytes: 1 << 16)
/// let node = table.slot(for: 0x9e37)
/// table.add(7, to: node)
/// table[node].counts[0]   // 1
/// ```
///
/// Size: 64 bytes per context. Cost: one cache line per look-up. Source: the bounded context trees of PPMd, D. Shkarin,
/// "PPM: one step to practicality", DCC 2002.
struct ContextTable: Sendable {
    /// What followed one context.
    struct Node: Sendable {
        var check: UInt32 = 0
        var used: UInt32 = 0
        var symbols = SIMD8<Int32>(repeating: -1)
        var counts = SIMD8<UInt16>.zero
        /// The counts of symbols that were pushed out of the eight.
        var others: UInt16 = 0
        /// How many symbols were seen, up to 65,535, pushed out ones counted again when they return.
        var distinct: UInt16 = 0
    }

    private static let ways = 4
    fileprivate static let limit: UInt16 = 250

    private(set) var nodes: [Node]
    private let mask: UInt64
    private var clock: UInt32 = 0

    init(bytes: Int) {
        var buckets = 1
        while buckets * 2 * ContextTable.ways * MemoryLayout<Node>.stride <= bytes { buckets *= 2 }
        nodes = Array(repeating: Node(), count: buckets * ContextTable.ways)
        mask = UInt64(buckets - 1)
    }

    var bytes: Int { nodes.count * MemoryLayout<Node>.stride }

    subscript(slot: Int) -> Node { @inline(__always) _read { yield nodes[slot] } }

    /// The node of a context, nil where it is not held.
    @inline(__always)
    func find(_ hash: UInt64) -> Int? {
        let first = Int(truncatingIfNeeded: hash & mask) * ContextTable.ways
        let check = ContextTable.check(hash)
        for way in 0..<ContextTable.ways where nodes[first + way].check == check { return first + way }
        return nil
    }

    /// The node of a context, made room for where it is not held.
    @inline(__always)
    mutating func slot(for hash: UInt64) -> Int {
        clock &+= 1
        if let found = find(hash) {
            nodes[found].used = clock
            return found
        }
        let first = Int(truncatingIfNeeded: hash & mask) * ContextTable.ways
        var victim = first
        for way in 1..<ContextTable.ways where nodes[first + way].used < nodes[victim].used { victim = first + way }
        nodes[victim] = Node()
        nodes[victim].check = ContextTable.check(hash)
        nodes[victim].used = clock
        return victim
    }

    /// Counts a symbol after a context.
    @inline(__always)
    mutating func add(_ symbol: Int32, to slot: Int) {
        var place = -1
        var least = 0
        for lane in 0..<8 {
            if nodes[slot].symbols[lane] == symbol { place = lane }
            if nodes[slot].counts[lane] < nodes[slot].counts[least] { least = lane }
        }
        if place < 0 {
            place = least
            let leaving = nodes[slot].counts[least]
            nodes[slot].others = min(nodes[slot].others &+ leaving, 60_000)
            nodes[slot].symbols[least] = symbol
            nodes[slot].counts[least] = 0
            nodes[slot].distinct = min(nodes[slot].distinct &+ 1, 60_000)
        }
        nodes[slot].counts[place] += 1
        if nodes[slot].counts[place] >= ContextTable.limit {
            nodes[slot].counts = nodes[slot].counts &- (nodes[slot].counts &>> 1)
            nodes[slot].others -= nodes[slot].others / 2
        }
    }

    /// The part of a hash that tells contexts of one bucket apart; never 0.
    @inline(__always)
    private static func check(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) | 1 }
}

extension ContextTable {
    /// Writes the nodes in use with their places, or reads them back; symbols lie below a limit.
    mutating func pass(through coder: inout SnapshotCoder, symbols: Int) throws(SnapshotError) {
        try coder.pass(&clock, in: 0...(.max))
        let used = coder.isReading ? 0 : nodes.count { $0.check != 0 }
        let count = try coder.count(used, upTo: nodes.count, bytesEach: 64)
        let symbols = -1...Int32(clamping: symbols - 1)
        var place = 0
        for _ in 0..<count {
            if !coder.isReading { while nodes[place].check == 0 { place += 1 } }
            try coder.pass(&place, in: min(place, nodes.count - 1)...(nodes.count - 1))
            try nodes[place].pass(through: &coder, symbols: symbols)
            place += 1
        }
    }
}

extension ContextTable.Node {
    fileprivate mutating func pass(
        through coder: inout SnapshotCoder, symbols range: ClosedRange<Int32>
    ) throws(SnapshotError) {
        try coder.pass(&check, in: 1...(.max))
        try coder.pass(&used, in: 0...(.max))
        try coder.pass(&symbols, in: range)
        try coder.pass(&counts, in: 0...(ContextTable.limit - 1))
        try coder.pass(&others, in: 0...60_000)
        try coder.pass(&distinct, in: 0...60_000)
        for lane in 0..<8 where counts[lane] > 0 { try coder.check(symbols[lane] >= 0, "a count of no symbol") }
    }
}
