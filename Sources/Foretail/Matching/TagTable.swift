/// An open-addressing table from 32-bit tags to 32-bit numbers. Equal tags may stand several times: the caller compares keys.
///
/// Eight bytes an entry, at most three fifths full; a probe that finds nothing costs one cache line. Removal shifts entries
/// back, so that no tombstones pile up. Source: Knuth, The Art of Computer Programming 3, 6.4, algorithms L and R.
@safe struct TagTable {
    struct Entry {
        var tag: UInt32
        /// `UInt32.max` if the entry is free.
        var number: UInt32
    }

    static let free: UInt32 = .max

    private(set) var entries: UnsafeMutablePointer<Entry>
    private(set) var mask: Int
    private(set) var count = 0

    init() {
        mask = 15
        unsafe entries = TagTable.make(16)
    }

    func deallocate() { unsafe entries.deallocate() }

    /// The bytes allocated.
    var bytes: Int { (mask + 1) * 8 }

    private static func make(_ capacity: Int) -> UnsafeMutablePointer<Entry> {
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        unsafe entries.initialize(repeating: Entry(tag: 0, number: free), count: capacity)
        return unsafe entries
    }

    mutating func insert(_ tag: UInt32, _ number: UInt32) {
        if (count + 1) * 5 > (mask + 1) * 3 { grow() }
        count += 1
        place(Entry(tag: tag, number: number))
    }

    private func place(_ entry: Entry) {
        var place = Int(entry.tag) & mask
        while unsafe entries[place].number != TagTable.free { place = (place + 1) & mask }
        unsafe entries[place] = entry
    }

    private mutating func grow() {
        let old = unsafe entries
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        unsafe entries = TagTable.make(oldCount * 2)
        for index in 0..<oldCount {
            let entry = unsafe old[index]
            if entry.number != TagTable.free { place(entry) }
        }
        unsafe old.deallocate()
    }

    /// Removes the entry of this tag and number.
    mutating func remove(_ tag: UInt32, _ number: UInt32) {
        var hole = Int(tag) & mask
        while unsafe entries[hole].number != number {
            precondition(unsafe entries[hole].number != TagTable.free, "the table holds what is removed from it")
            hole = (hole + 1) & mask
        }
        count -= 1
        var place = hole
        while true {
            place = (place + 1) & mask
            let entry = unsafe entries[place]
            if entry.number == TagTable.free { break }
            let home = Int(entry.tag) & mask
            // Movable if its home does not lie behind the hole on the way to its place.
            if (place &- home) & mask >= (place &- hole) & mask {
                unsafe entries[hole] = entry
                hole = place
            }
        }
        unsafe entries[hole] = Entry(tag: 0, number: TagTable.free)
    }
}
