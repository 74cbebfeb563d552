/// Byte-exact comparison of keys.
enum KeyBytes {
    /// Whether memory holds exactly these bytes.
    static func equal(_ memory: UnsafeRawPointer, _ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { other in
            for place in 0..<other.count
            where unsafe memory.load(fromByteOffset: place, as: UInt8.self) != other[place] { return false }
            return true
        }
    }

    /// Whether two runs of `count` bytes are equal, eight at a time; touches none beyond.
    @inline(__always)
    static func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        var place = 0
        while place &+ 8 <= count {
            let word = unsafe left.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if unsafe word != right.loadUnaligned(fromByteOffset: place, as: UInt64.self) { return false }
            place &+= 8
        }
        if place == count { return true }
        if count >= 8 {
            let word = unsafe left.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            return unsafe word == right.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        }
        while place < count {
            if unsafe left.load(fromByteOffset: place, as: UInt8.self)
                != right.load(fromByteOffset: place, as: UInt8.self)
            {
                return false
            }
            place &+= 1
        }
        return true
    }
}
