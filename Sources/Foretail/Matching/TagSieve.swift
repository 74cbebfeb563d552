/// One bit per eighth of a table's entry, set where a tag may stand in it: most look-ups that find nothing end here, in a
/// cache line that is likely at hand and a branch that is likely foretold.
///
/// Removed tags leave their bit; the sieve is made anew when the table grows or when half of it was removed. A bit wrongly
/// set costs a look-up. Source: B. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors" (1970), with one hash.
@safe struct TagSieve {
    private var words: UnsafeMutablePointer<UInt64>
    private var mask: UInt32
    private var removed = 0

    init() {
        mask = 127
        unsafe words = TagSieve.make(128)
    }

    func deallocate() { unsafe words.deallocate() }

    /// The bytes allocated.
    var bytes: Int { (Int(mask) + 1) / 8 }

    private static func make(_ bits: Int) -> UnsafeMutablePointer<UInt64> {
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: bits / 64)
        unsafe words.initialize(repeating: 0, count: bits / 64)
        return unsafe words
    }

    /// Whether the table may hold the tag; if not, it surely does not.
    @inline(__always)
    func mayHold(_ tag: UInt32) -> Bool {
        let bit = tag & mask
        return unsafe words[Int(bit >> 6)] >> UInt64(bit & 63) & 1 == 1
    }

    /// Notes that `tag` was inserted into `table`.
    mutating func noteInsertion(_ tag: UInt32, _ table: TagTable) {
        if Int(mask) + 1 != (table.mask + 1) * 8 { return rebuild(table) }
        set(tag)
    }

    /// Notes that a tag was removed from `table`.
    mutating func noteRemoval(_ table: TagTable) {
        removed += 1
        if removed > table.count / 2 + 64 { rebuild(table) }
    }

    private func set(_ tag: UInt32) {
        let bit = tag & mask
        unsafe words[Int(bit >> 6)] |= 1 << UInt64(bit & 63)
    }

    private mutating func rebuild(_ table: TagTable) {
        unsafe words.deallocate()
        let bits = (table.mask + 1) * 8
        unsafe words = TagSieve.make(bits)
        mask = UInt32(truncatingIfNeeded: bits - 1)
        removed = 0
        for place in 0...table.mask {
            let entry = unsafe table.entries[place]
            if entry.number != TagTable.free { set(entry.tag) }
        }
    }
}
