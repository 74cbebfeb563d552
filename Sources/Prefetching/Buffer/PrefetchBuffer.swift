/// The keys that are held, in order of use: least recently used leaves first, demanded and prefetched in one bounded room.
///
/// A prefetched key waits in a list of its own until it is asked for; then it joins the demanded ones as the latest. The
/// values are the owner's: an entry has a slot, a small number that stays its own until it is evicted.
///
/// Room is counted in units of the owner's choice (entries or bytes). Memory: 64 to 90 B an entry. Cost: a look and a few links.
struct PrefetchBuffer: Sendable {
    /// What is known of an entry.
    struct Entry: Sendable {
        var symbol: UInt64 = 0
        var weight = 1
        /// The gate's cell of a prefetch not yet asked for, else −1.
        var cell: Int32 = -1
        /// The request at which it was last asked for, or its prefetch issued.
        var touched = 0
        fileprivate var newer: Int32 = 0
        fileprivate var older: Int32 = 0
    }

    /// Heads of the two lists.
    private static let demanded: Int32 = 0
    private static let waiting: Int32 = 1

    /// The most units held.
    let capacity: Int
    /// The units held, and those of prefetches that were not asked for yet.
    private(set) var used = 0
    private(set) var waitingUnits = 0
    /// The entries held.
    var count: Int { slots.count }

    private var entries: [Entry] = [Entry(newer: 0, older: 0), Entry(newer: 1, older: 1)]
    private var slots: SymbolMap
    private var free: [Int32] = []

    /// Creates an empty buffer.
    init(capacity: Int) {
        precondition(capacity > 0, "a buffer has room for something")
        self.capacity = capacity
        slots = SymbolMap()
    }

    /// The slot of a key; nil where it is not held.
    @inline(__always)
    func slot(of symbol: UInt64) -> Int? { slots[symbol].map { Int($0) } }

    /// What is known of a slot's entry.
    subscript(slot: Int) -> Entry { entries[slot] }

    /// Marks an entry as asked for now; says the gate's cell if it was a prefetch that waited.
    mutating func touch(_ slot: Int, at request: Int) -> Int? {
        let cell = entries[slot].cell
        unlink(Int32(slot))
        if cell >= 0 {
            waitingUnits -= entries[slot].weight
            entries[slot].cell = -1
        }
        entries[slot].touched = request
        link(Int32(slot), after: Self.demanded)
        return cell >= 0 ? Int(cell) : nil
    }

    /// Puts a key in, as demanded (`cell` −1) or prefetched. Make room before.
    mutating func insert(_ symbol: UInt64, weight: Int, cell: Int, at request: Int) -> Int {
        precondition(used + weight <= capacity, "room is made before a key comes in")
        let slot = free.popLast() ?? Int32(entries.count)
        let entry = Entry(symbol: symbol, weight: weight, cell: Int32(cell), touched: request)
        if Int(slot) == entries.count { entries.append(entry) } else { entries[Int(slot)] = entry }
        slots[symbol] = slot
        used += weight
        if cell >= 0 { waitingUnits += weight }
        link(slot, after: cell >= 0 ? Self.waiting : Self.demanded)
        return Int(slot)
    }

    /// Takes an entry out.
    mutating func remove(_ slot: Int) {
        unlink(Int32(slot))
        used -= entries[slot].weight
        if entries[slot].cell >= 0 { waitingUnits -= entries[slot].weight }
        slots[entries[slot].symbol] = nil
        free.append(Int32(slot))
    }

    /// The demanded entry used longest ago.
    var oldestDemanded: Int? {
        let slot = Int(entries[Int(Self.demanded)].newer)
        return slot > 1 ? slot : nil
    }

    /// The prefetch that waits longest.
    var oldestWaiting: Int? {
        let slot = Int(entries[Int(Self.waiting)].newer)
        return slot > 1 ? slot : nil
    }

    /// Links are circles through the head: its `older` is the latest entry, its `newer` the oldest.
    private mutating func link(_ slot: Int32, after head: Int32) {
        let latest = entries[Int(head)].older
        entries[Int(slot)].newer = head
        entries[Int(slot)].older = latest
        entries[Int(latest)].newer = slot
        entries[Int(head)].older = slot
    }

    private mutating func unlink(_ slot: Int32) {
        let (newer, older) = (entries[Int(slot)].newer, entries[Int(slot)].older)
        entries[Int(newer)].older = older
        entries[Int(older)].newer = newer
    }
}
