/// Blocks of bytes of any size in one growing allocation, named by 32-bit offsets: keys, postings, residual tests, sources.
///
/// Sizes are rounded up to a class (multiples of 8 up to 256, then powers of two and their one-and-a-halves); freed blocks of
/// a class form a list and are used again. Constant time; at most a third of a block lies idle.
@safe struct SlabMemory {
    /// What a block of no bytes is called.
    static let none: UInt32 = .max

    /// The bytes of memory; moves when it grows.
    private(set) var base: UnsafeMutableRawPointer
    private var used = 0
    private var capacity = 4_096
    private var free = [UInt32](repeating: SlabMemory.none, count: 32 + 2 * 32)

    init() { unsafe base = .allocate(byteCount: 4_096, alignment: 16) }

    func deallocate() { unsafe base.deallocate() }

    /// The bytes allocated.
    var bytes: Int { capacity }

    /// Where a block begins.
    @inline(__always)
    subscript(block: UInt32) -> UnsafeMutableRawPointer { unsafe base + Int(block) &* 8 }

    /// The class of a size, and the size of its blocks in units of 8 bytes.
    private static func sizeClass(_ size: Int) -> (number: Int, units: Int) {
        let units = max(1, (size + 7) / 8)
        if units <= 32 { return (units - 1, units) }
        let power = Int.bitWidth - (units - 1).leadingZeroBitCount
        let half = 3 << (power - 2)
        return units <= half ? (32 + 2 * (power - 6), half) : (33 + 2 * (power - 6), 1 << power)
    }

    /// A block of at least `size` bytes, not cleared.
    mutating func allocate(_ size: Int) -> UInt32 {
        let (number, units) = SlabMemory.sizeClass(size)
        let head = free[number]
        if head != SlabMemory.none {
            free[number] = unsafe self[head].load(as: UInt32.self)
            return head
        }
        if used + units * 8 > capacity { grow(to: used + units * 8) }
        let block = UInt32(used / 8)
        used += units * 8
        return block
    }

    /// Gives a block back; `size` as it was asked for.
    mutating func free(_ block: UInt32, _ size: Int) {
        let number = SlabMemory.sizeClass(size).number
        unsafe self[block].storeBytes(of: free[number], as: UInt32.self)
        free[number] = block
    }

    /// A block that holds a copy of `bytes`.
    mutating func copy(_ bytes: [UInt8]) -> UInt32 {
        let block = allocate(bytes.count)
        for place in bytes.indices {
            unsafe self[block].storeBytes(of: bytes[place], toByteOffset: place, as: UInt8.self)
        }
        return block
    }

    private mutating func grow(to needed: Int) {
        precondition(needed < 1 << 35, "the index takes more than 32 GiB")
        let larger = max(needed, capacity + capacity / 3) & ~4_095 + 4_096
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe moved.copyMemory(from: base, byteCount: used)
        unsafe base.deallocate()
        unsafe base = unsafe moved
        capacity = larger
    }
}
