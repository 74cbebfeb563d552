/// What a ``ConstantSet`` holds, for looking up: pointers only, so that a copy costs nothing. Valid as long as the set is.
@safe struct ConstantTable {
    /// A text's place among the bytes of all.
    struct Entry {
        var offset: UInt32
        var length: UInt32
    }

    /// Sorted, and all exact.
    let numbers: UnsafeMutableBufferPointer<Double>
    let bytes: UnsafeMutablePointer<UInt8>
    /// Open addressing; a length of `UInt32.max` is empty. The size is a power of two.
    let entries: UnsafeMutableBufferPointer<Entry>
    var hasTrue = false
    var hasFalse = false
    var hasNull = false

    private static let linearLimit = 8

    init(numbers found: [Double], texts: [[UInt8]]) {
        unsafe numbers = .allocate(capacity: found.count)
        _ = unsafe numbers.initialize(from: found.sorted())
        let byteCount = texts.reduce(1) { $0 + $1.count }
        unsafe bytes = .allocate(capacity: byteCount)
        unsafe bytes.initialize(repeating: 0, count: byteCount)
        var size = 4
        while size < texts.count * 2 { size *= 2 }
        unsafe entries = .allocate(capacity: size)
        unsafe entries.initialize(repeating: Entry(offset: 0, length: .max))
        var offset = 0
        for text in texts {
            for (place, byte) in text.enumerated() { unsafe bytes[offset + place] = byte }
            var position = unsafe ConstantTable.hash(bytes + offset, text.count) & (size - 1)
            while unsafe entries[position].length != .max { position = (position + 1) & (size - 1) }
            unsafe entries[position] = Entry(offset: UInt32(offset), length: UInt32(text.count))
            offset += text.count
        }
    }

    /// Frees the memory; called once, by the owning set.
    func deallocate() {
        unsafe numbers.deallocate()
        unsafe bytes.deallocate()
        unsafe entries.deallocate()
    }

    /// A hash of the length and of the first and last eight bytes. The sets are written by hand and small, and what is
    /// found is compared byte by byte.
    @inline(__always)
    private static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        if count >= 8 {
            let raw = unsafe UnsafeRawPointer(bytes)
            hash ^= unsafe raw.loadUnaligned(as: UInt64.self) &* 0xD6E8_FEB8_6659_FD93
            hash ^= unsafe raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self) &* 0xA076_1D64_78BD_642F
        } else {
            var word: UInt64 = 0
            for place in 0..<count { word = word << 8 | UInt64(unsafe bytes[place]) }
            hash ^= word &* 0xD6E8_FEB8_6659_FD93
        }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7FFF_FFFF)
    }

    @inline(__always)
    func contains(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let mask = unsafe entries.count - 1
        var position = unsafe ConstantTable.hash(text, count) & mask
        while true {
            let entry = unsafe entries[position]
            if entry.length == .max { return false }
            if Int(entry.length) == count {
                let start = unsafe bytes + Int(entry.offset)
                if unsafe FieldTest.equal(start, text, count) { return true }
            }
            position = (position + 1) & mask
        }
    }

    @inline(__always)
    func contains(_ number: Double) -> Bool {
        var low = 0
        var high = unsafe numbers.count
        if high <= ConstantTable.linearLimit {
            while low < high {
                if unsafe numbers[low] == number { return true }
                low &+= 1
            }
            return false
        }
        while low < high {
            let middle = (low + high) / 2
            if unsafe numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return unsafe low < numbers.count && numbers[low] == number
    }
}
