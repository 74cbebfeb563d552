/// A key that some filters are found by, and the list of them.
struct Bucket {
    /// The probe; of a free bucket the next free one.
    var probe: UInt32
    var tag: UInt32
    /// The bytes of the key, those of the second value behind those of the first, then the postings.
    var block: UInt32
    var firstLength: UInt32
    var secondLength: UInt32
    /// The number of postings.
    var count: UInt32
    /// The number of postings there is room for, as a power of two.
    var room: UInt8
    /// The forms of the values.
    var firstForm: UInt8
    var secondForm: UInt8

    /// Where the postings begin in the block.
    @inline(__always) var postingsOffset: Int { (Int(firstLength) &+ Int(secondLength) &+ 7) & ~7 }

    /// The bytes of the block.
    var size: Int { postingsOffset + MemoryLayout<Posting>.stride << Int(room) }

    @inline(__always)
    func postings(_ slab: SlabMemory) -> UnsafeMutablePointer<Posting> {
        unsafe (slab[block] + postingsOffset).assumingMemoryBound(to: Posting.self)
    }
}
