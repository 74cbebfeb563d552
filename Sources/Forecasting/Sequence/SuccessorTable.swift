/// Counts of what came after a context, for as many contexts as fit into a given memory.
///
/// A context is a 64-bit hash. Its node holds eight symbols with their counts, the frequent ones first, and further nodes in a
/// chain of up to seven; a symbol that overtakes the last of the node before changes places with it. Four nodes share a
/// bucket; a context that is not there takes the place of the one with the fewest counts, where eight count for having been
/// used since the bucket last took one in. Counts halve when a context reaches 1,023.
///
/// ```swift
/// let table = SuccessorTable(bytes: 1 << 16)
/// table.add(7, after: 0x9e37)
/// table.find(0x9e37).map { table[$0].count }   // 1
/// ```
///
/// Size: 64 bytes per node; begins with a megabyte and doubles, when three quarters are in use, up to its limit.
/// Cost: one to eight cache lines. Source: the bounded context trees of PPMd, D. Shkarin, "PPM: one step to practicality",
/// DCC 2002; second-chance replacement, Corbató 1968.
@safe
final class SuccessorTable {
    /// What came after one context: 64 bytes.
    struct Node {
        /// The lower and the upper part of the hash's forty bits, of which the topmost is set; 0 of a free node.
        fileprivate var low: UInt32 = 0
        fileprivate var high: UInt8 = 0
        /// How many of the eight places are taken, and whether it was used since its bucket last took in a context.
        fileprivate var countAndUse: UInt8 = 0
        /// The counts of all symbols of the chain.
        fileprivate(set) var total: UInt16 = 0
        /// The symbol that came last, and the last but one; −1 where there is none.
        fileprivate(set) var last: Int32 = -1
        fileprivate(set) var lastButOne: Int32 = -1
        fileprivate(set) var symbols = SIMD8<Int32>(repeating: -1)
        fileprivate(set) var counts = SIMD8<UInt16>.zero

        /// How many of the eight places are taken.
        @inline(__always) var count: Int { Int(countAndUse & 0x0F) }
        @inline(__always) fileprivate var isFree: Bool { high == 0 }
        @inline(__always) fileprivate var isUsed: Bool { countAndUse & 0x80 != 0 }
        @inline(__always) fileprivate var tag: UInt64 { UInt64(high) &<< 32 | UInt64(low) }

        fileprivate init() {}

        fileprivate init(tag: UInt64) {
            low = UInt32(truncatingIfNeeded: tag)
            high = UInt8(truncatingIfNeeded: tag &>> 32)
            countAndUse = 0x80
        }

        @inline(__always)
        fileprivate func has(_ tag: UInt64) -> Bool {
            low == UInt32(truncatingIfNeeded: tag) && high == UInt8(truncatingIfNeeded: tag &>> 32)
        }
    }

    /// The most further nodes of a context.
    static let chain = 7
    private static let ways = 4
    private static let limit: UInt16 = 1_023

    private static let least = 1 << 14

    /// How many nodes there may be.
    private let most: Int
    /// How many there are.
    private(set) var capacity: Int
    /// How many are in use.
    private(set) var used = 0
    /// How many contexts had to go.
    private(set) var evictions = 0
    private var nodes: UnsafeMutablePointer<Node>

    /// Creates a table of at most so many bytes, at least 256.
    init(bytes: Int) {
        var count = SuccessorTable.ways
        while count * 2 * MemoryLayout<Node>.stride <= bytes { count *= 2 }
        most = count
        capacity = min(count, Self.least)
        unsafe nodes = Self.allocate(capacity)
    }

    deinit { unsafe UnsafeMutableRawPointer(nodes).deallocate() }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Node> {
        let nodes = unsafe UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Node>.stride, alignment: 64
        ).bindMemory(to: Node.self, capacity: count)
        unsafe nodes.initialize(repeating: Node(), count: count)
        return unsafe nodes
    }

    /// The memory held.
    var bytes: Int { capacity * MemoryLayout<Node>.stride }

    /// A node by its place.
    @inline(__always)
    subscript(place: Int) -> Node {
        unsafeAddress {
            assert(place >= 0 && place < capacity, "a node lies within the table")
            return unsafe UnsafePointer(nodes + place)
        }
    }

    /// The forty bits of a hash that are kept; the topmost is set.
    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt64 { (hash &>> 24) | 1 &<< 39 }

    /// Where the bucket of a tag begins.
    @inline(__always)
    private func bucket(_ tag: UInt64) -> Int {
        Int(truncatingIfNeeded: tag) &* Self.ways & (capacity &- 1)
    }

    /// The place of a context's node, nil where it is not held.
    @inline(__always)
    func find(_ hash: UInt64) -> Int? {
        let tag = Self.tag(hash)
        let first = bucket(tag)
        for place in first..<first + Self.ways where unsafe nodes[place].has(tag) {
            unsafe nodes[place].countAndUse |= 0x80
            return place
        }
        return nil
    }

    /// The hash of the node that follows the one at `depth` in a context's chain.
    @inline(__always)
    static func next(_ hash: UInt64, depth: Int) -> UInt64 {
        ContextHash.mixed(hash, 0xabc_def1_2345 &+ UInt64(depth))
    }

    /// The place of a context's node, made room for where it is not held.
    @inline(__always)
    private func place(for hash: UInt64) -> Int {
        let tag = Self.tag(hash)
        let first = bucket(tag)
        var victim = first
        var least = Int.max
        for place in first..<first + Self.ways {
            if unsafe nodes[place].has(tag) {
                unsafe nodes[place].countAndUse |= 0x80
                return place
            }
            let node = unsafe nodes[place]
            let worth = node.isFree ? 0 : Int(node.total) + 1 + (node.isUsed ? 8 : 0)
            if worth < least { (least, victim) = (worth, place) }
        }
        if least == 0 { used += 1 } else { evictions += 1 }
        for place in first..<first + Self.ways { unsafe nodes[place].countAndUse &= 0x7F }
        unsafe nodes[victim] = Node(tag: tag)
        return victim
    }

    /// Doubles the table: each bucket's nodes go to the two that its tags now tell apart.
    private func grow() {
        let old = unsafe nodes
        let count = capacity
        capacity = count * 2
        unsafe nodes = Self.allocate(capacity)
        for place in 0..<count where unsafe !old[place].isFree {
            var target = unsafe bucket(old[place].tag)
            while unsafe !nodes[target].isFree { target += 1 }
            unsafe nodes[target] = old[place]
        }
        unsafe UnsafeMutableRawPointer(old).deallocate()
    }

    /// Counts a symbol after a context.
    func add(_ symbol: Int32, after context: UInt64) {
        if used * 4 > capacity * 3, capacity < most { grow() }
        let head = place(for: context)
        unsafe nodes[head].lastButOne = nodes[head].last
        unsafe nodes[head].last = symbol
        unsafe nodes[head].total += 1
        if unsafe nodes[head].total >= Self.limit { halve(head, context) }
        var hash = context
        var place = head
        var above = -1
        var aboveTag: UInt64 = 0
        for depth in 0...Self.chain {
            if unsafe count(symbol, in: nodes + place, above: above >= 0 ? nodes + above : nil, tag: aboveTag) {
                return
            }
            if depth == Self.chain { return }
            if unsafe nodes[place].count < 8 {
                let lane = unsafe nodes[place].count
                unsafe nodes[place].symbols[lane] = symbol
                unsafe nodes[place].counts[lane] = 1
                unsafe nodes[place].countAndUse += 1
                if depth > 0 { unsafe nodes[place].total += 1 }
                return
            }
            above = place
            aboveTag = unsafe nodes[place].tag
            hash = Self.next(hash, depth: depth)
            place = self.place(for: hash)
        }
    }

    /// Counts a symbol where a node has it already.
    @inline(__always)
    private func count(
        _ symbol: Int32, in node: UnsafeMutablePointer<Node>, above: UnsafeMutablePointer<Node>?, tag: UInt64
    ) -> Bool {
        for lane in 0..<(unsafe node.pointee.count) where unsafe node.pointee.symbols[lane] == symbol {
            // A chain whose head had to go counts on without being halved.
            let count = unsafe min(node.pointee.counts[lane] + 1, Self.limit)
            unsafe node.pointee.counts[lane] = count
            if lane > 0, unsafe node.pointee.counts[lane - 1] < count {
                unsafe node.pointee.counts[lane] = node.pointee.counts[lane - 1]
                unsafe node.pointee.counts[lane - 1] = count
                unsafe node.pointee.symbols[lane] = node.pointee.symbols[lane - 1]
                unsafe node.pointee.symbols[lane - 1] = symbol
            } else if lane == 0, let above = unsafe above, unsafe above.pointee.has(tag),
                unsafe above.pointee.counts[7] < count
            {
                unsafe node.pointee.counts[0] = above.pointee.counts[7]
                unsafe node.pointee.symbols[0] = above.pointee.symbols[7]
                unsafe above.pointee.counts[7] = count
                unsafe above.pointee.symbols[7] = symbol
            }
            return true
        }
        return false
    }

    /// Halves the counts of a context, none below 1.
    private func halve(_ head: Int, _ context: UInt64) {
        unsafe nodes[head].total /= 2
        var hash = context
        var place = head
        for depth in 0...Self.chain {
            let count = unsafe nodes[place].count
            for lane in 0..<count {
                unsafe nodes[place].counts[lane] = max(nodes[place].counts[lane] / 2, 1)
            }
            if count < 8 || depth == Self.chain { return }
            hash = Self.next(hash, depth: depth)
            guard let next = find(hash) else { return }
            place = next
        }
    }
}

extension SuccessorTable {
    /// Writes the nodes in use with their places, or reads them back into an empty table of the same size.
    func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        let most = most
        try coder.pass(&capacity, in: Self.ways...most)
        let isPower = capacity & (capacity - 1) == 0
        try coder.check(isPower, "a table of no power of two")
        let count = try coder.count(used, upTo: capacity, bytesEach: 64)
        if coder.isReading {
            unsafe UnsafeMutableRawPointer(nodes).deallocate()
            unsafe nodes = Self.allocate(capacity)
        }
        var place = 0
        for _ in 0..<count {
            if !coder.isReading { while unsafe nodes[place].isFree { place += 1 } }
            try coder.pass(&place, in: min(place, capacity - 1)...(capacity - 1))
            var node = unsafe nodes[place]
            try node.pass(through: &coder)
            try coder.check(bucket(node.tag) == place & ~(Self.ways - 1), "a context stands in another's bucket")
            if coder.isReading { unsafe nodes[place] = node }
            place += 1
        }
        if coder.isReading { used = count }
        try coder.pass(&evictions)
    }
}

extension SuccessorTable.Node {
    fileprivate mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&low, in: 0...(.max))
        try coder.pass(&high, in: 0x80...0xFF)
        try coder.pass(&countAndUse, in: 0...0x88)
        try coder.check(count <= 8, "a node of more than eight")
        try coder.pass(&total, in: 0...1_023)
        try coder.pass(&last, in: -1...(.max))
        try coder.pass(&lastButOne, in: -1...(.max))
        try coder.pass(&symbols, in: -1...(.max))
        try coder.pass(&counts, in: 0...1_023)
        for lane in 0..<count { try coder.check(symbols[lane] >= 0, "a count of no symbol") }
    }
}
