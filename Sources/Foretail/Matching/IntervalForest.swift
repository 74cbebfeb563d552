/// Intervals of numbers, in one tree per slot: finds those that hold a number in O(log n + k), and takes and gives up
/// intervals in O(log n).
///
/// A centered interval tree (Edelsbrunner 1980) whose centers are fixed by the bits of the numbers: an interval belongs to
/// the place where its two ends part, so that no update ever moves it. Only places that hold or separate intervals exist,
/// as in a PATRICIA tree (Morrison 1968); a path is at most 65 long, whatever the ends. A place keeps its intervals in two
/// heaps, by lower and by upper end: a number left of the center reports from the first as long as ends lie at or below it.
@safe struct IntervalForest {
    static let none: UInt32 = .max

    /// A place.
    struct Node {
        /// The first number of the right half, as an ordered key.
        var center: UInt64
        /// The bit that parts the halves; -1 for a single number.
        var level: Int32
        var left = IntervalForest.none
        var right = IntervalForest.none
        var parent = IntervalForest.none
        var byLow = IntervalHeap()
        var byHigh = IntervalHeap()
    }

    /// An interval: its tree's probe, its node and its places in the node's heaps.
    struct Record {
        /// The next free record where this one is.
        var node: UInt32
        var lowPlace: UInt32
        var highPlace: UInt32
        var probe: UInt32
        /// Whom to report.
        var posting: Posting
    }

    private var nodes = Pile<Node>()
    private(set) var records = Pile<Record>()
    private var freeNode = IntervalForest.none
    private var freeRecord = IntervalForest.none
    private var stack = Pile<UInt32>(capacity: 64)

    func deallocate() {
        nodes.deallocate()
        records.deallocate()
        stack.deallocate()
    }

    /// The bytes allocated, without the heaps.
    var bytes: Int { nodes.bytes + records.bytes + stack.bytes }

    /// A number as an integer of the same order.
    @inline(__always)
    static func key(_ number: Double) -> UInt64 {
        let bits = (number == 0 ? 0 : number).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    // MARK: Finding

    /// Appends the postings of all intervals of a tree that hold `number`.
    mutating func stab(_ root: UInt32, _ number: Double, _ slab: SlabMemory, into hits: inout Pile<Posting>) {
        let key = IntervalForest.key(number)
        var current = root
        while current != IntervalForest.none {
            let node = unsafe nodes.base + Int(current)
            let center = unsafe node.pointee.center
            let level = unsafe Int(node.pointee.level)
            if (key ^ center) >> UInt64(level + 1) != 0 { return }
            if key >= center {
                unsafe node.pointee.byHigh.collect(~key, slab, records, &stack, into: &hits)
                current = unsafe node.pointee.right
            } else {
                unsafe node.pointee.byLow.collect(key, slab, records, &stack, into: &hits)
                current = unsafe node.pointee.left
            }
        }
    }

    /// The ends of an interval.
    func ends(of record: UInt32, _ slab: SlabMemory) -> (low: Double, high: Double) {
        let known = records[Int(record)]
        let node = nodes[Int(known.node)]
        let low = node.byLow.element(Int(known.lowPlace), slab).key
        let high = ~node.byHigh.element(Int(known.highPlace), slab).key
        return (IntervalForest.number(low), IntervalForest.number(high))
    }

    private static func number(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key ^ 1 << 63 : ~key)
    }

    // MARK: Changing

    /// Adds an interval, its ends included, to the tree at `root`; returns its record.
    mutating func insert(
        low: Double, high: Double, posting: Posting, probe: UInt32, root: inout UInt32, _ slab: inout SlabMemory
    ) -> UInt32 {
        let (low, high) = (IntervalForest.key(low), IntervalForest.key(high))
        let differing = low ^ high
        let level = differing == 0 ? -1 : 63 - differing.leadingZeroBitCount
        let center = differing == 0 ? low : (high >> UInt64(level)) << UInt64(level)
        let node = place(center, level, root: &root)
        let record: UInt32
        if freeRecord != IntervalForest.none {
            record = freeRecord
            freeRecord = records[Int(record)].node
        } else {
            record = UInt32(records.count)
            records.append(Record(node: 0, lowPlace: 0, highPlace: 0, probe: 0, posting: posting))
        }
        records[Int(record)] = Record(node: node, lowPlace: 0, highPlace: 0, probe: probe, posting: posting)
        let places = unsafe nodes.base + Int(node)
        unsafe places.pointee.byLow.insert(low, record, isLow: true, records, &slab)
        unsafe places.pointee.byHigh.insert(~high, record, isLow: false, records, &slab)
        return record
    }

    /// Removes an interval.
    mutating func remove(_ record: UInt32, root: inout UInt32, _ slab: inout SlabMemory) {
        let known = records[Int(record)]
        let node = unsafe nodes.base + Int(known.node)
        unsafe node.pointee.byLow.remove(Int(known.lowPlace), isLow: true, records, &slab)
        unsafe node.pointee.byHigh.remove(Int(known.highPlace), isLow: false, records, &slab)
        records[Int(record)].node = freeRecord
        freeRecord = record
        prune(known.node, root: &root)
    }

    /// The node of a center, made if there is none.
    private mutating func place(_ center: UInt64, _ level: Int, root: inout UInt32) -> UInt32 {
        var parent = IntervalForest.none
        var current = root
        while current != IntervalForest.none {
            let node = nodes[Int(current)]
            let known = Int(node.level)
            if node.center == center, known == level { return current }
            let apart = node.center ^ center
            if known > level, apart >> UInt64(known + 1) == 0 {
                parent = current
                current = center >= node.center ? node.right : node.left
                continue
            }
            let fresh = make(center, level)
            if level > known, apart >> UInt64(level + 1) == 0 {
                link(fresh, instead: current, below: parent, root: &root)
                attach(current, below: fresh)
                return fresh
            }
            let fork = 63 - apart.leadingZeroBitCount
            let branch = make((max(center, node.center) >> UInt64(fork)) << UInt64(fork), fork)
            link(branch, instead: current, below: parent, root: &root)
            attach(current, below: branch)
            attach(fresh, below: branch)
            return fresh
        }
        let fresh = make(center, level)
        if parent == IntervalForest.none { root = fresh } else { attach(fresh, below: parent) }
        return fresh
    }

    private mutating func make(_ center: UInt64, _ level: Int) -> UInt32 {
        let fresh = Node(center: center, level: Int32(level))
        if freeNode != IntervalForest.none {
            let number = freeNode
            freeNode = nodes[Int(number)].parent
            nodes[Int(number)] = fresh
            return number
        }
        nodes.append(fresh)
        return UInt32(nodes.count - 1)
    }

    private func attach(_ child: UInt32, below parent: UInt32) {
        nodes[Int(child)].parent = parent
        if nodes[Int(child)].center >= nodes[Int(parent)].center {
            nodes[Int(parent)].right = child
        } else {
            nodes[Int(parent)].left = child
        }
    }

    private func link(_ node: UInt32, instead old: UInt32, below parent: UInt32, root: inout UInt32) {
        if node != IntervalForest.none { nodes[Int(node)].parent = parent }
        if parent == IntervalForest.none {
            root = node
        } else if nodes[Int(parent)].left == old {
            nodes[Int(parent)].left = node
        } else {
            nodes[Int(parent)].right = node
        }
    }

    /// Takes out a node that holds nothing and separates nothing, and its parent if it was only there for this.
    private mutating func prune(_ number: UInt32, root: inout UInt32) {
        var current = number
        while current != IntervalForest.none {
            let node = nodes[Int(current)]
            guard node.byLow.count == 0, node.left == IntervalForest.none || node.right == IntervalForest.none else {
                return
            }
            let child = node.left == IntervalForest.none ? node.right : node.left
            link(child, instead: current, below: node.parent, root: &root)
            nodes[Int(current)].parent = freeNode
            freeNode = current
            current = child == IntervalForest.none ? node.parent : IntervalForest.none
        }
    }
}
