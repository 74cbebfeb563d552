internal import FieldExtraction

/// The decoded characters of those strings of one event that are written with escapes. Stays where it is until the next event.
@safe struct DecodedTexts {
    private(set) var start: UnsafeMutablePointer<UInt8>
    private var capacity = 1_024
    private var used = 0
    /// Buffers that became too small while pointers into them were out.
    private var outgrown: [UnsafeMutablePointer<UInt8>] = unsafe []
    private var bytesOfOne: [UInt8] = []

    init() { unsafe start = .allocate(capacity: 1_024) }

    func deallocate() {
        for place in unsafe outgrown.indices { unsafe outgrown[place].deallocate() }
        unsafe start.deallocate()
    }

    /// The bytes allocated.
    var bytes: Int { capacity + bytesOfOne.capacity }

    /// Forgets all texts.
    @inline(__always)
    mutating func reset() {
        used = 0
        if unsafe !outgrown.isEmpty { freeOutgrown() }
    }

    private mutating func freeOutgrown() {
        for place in unsafe outgrown.indices { unsafe outgrown[place].deallocate() }
        unsafe outgrown.removeAll()
    }

    /// Decodes a string and returns its characters.
    @inline(never)
    mutating func decode(_ slot: FieldSlot) -> (UnsafePointer<UInt8>?, Int) {
        bytesOfOne.removeAll(keepingCapacity: true)
        JSONString.decode(slot, into: &bytesOfOne)
        return unsafe keep(bytesOfOne)
    }

    /// Keeps a copy of `bytes` until the next event.
    mutating func keep(_ bytes: [UInt8]) -> (UnsafePointer<UInt8>?, Int) {
        let count = bytes.count
        if used + count > capacity {
            unsafe outgrown.append(start)
            capacity = max(capacity * 2, count * 2)
            used = 0
            unsafe start = .allocate(capacity: capacity)
        }
        let text = unsafe start + used
        for place in 0..<count { unsafe text[place] = bytes[place] }
        used += count
        return unsafe (UnsafePointer(text), count)
    }
}
