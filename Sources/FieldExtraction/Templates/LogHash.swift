/// Hashes of the words of a message: 64 bits, the same in every run and on every machine.
///
/// The mixing step is that of wyhash (Wang Yi, public domain): the two halves of a 128-bit product, one upon the other.
enum LogHash {
    /// The hash of a word that is nothing but a value.
    static let placeholder = mix(0, placeholder(.none)) | 1
    /// The hashes of `user`, `client` and `for`.
    static let user = text([0x75, 0x73, 0x65, 0x72]) | 1
    static let client = text([0x63, 0x6C, 0x69, 0x65, 0x6E, 0x74]) | 1
    static let `for` = text([0x66, 0x6F, 0x72]) | 1
    /// Stands for any word at a place, in hashes of messages with a hole.
    static let hole: UInt64 = 0xD6E8_FEB8_6659_FD93

    @inline(__always)
    static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = (left ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: right ^ 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }

    /// The share of a placeholder, which tells sizes and durations from other values.
    @inline(__always)
    static func placeholder(_ family: LogUnit.Family) -> UInt64 {
        0x3C2A_3E00 &+ UInt64(family.rawValue)
    }

    /// The hash of the bytes from `start` to `end`.
    @inline(__always)
    static func text(_ view: ByteView, _ start: Int, _ end: Int) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: end &- start)
        var place = start
        while place &+ 8 <= end {
            hash = mix(hash, view.word(at: place))
            place &+= 8
        }
        if place < end {
            let bits = UInt64(truncatingIfNeeded: 8 &* (end &- place))
            hash = mix(hash, view.word(at: place) & ((1 << bits) &- 1))
        }
        return hash
    }

    private static func text(_ bytes: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBufferPointer { text(unsafe ByteView($0), 0, bytes.count) }
    }
}
