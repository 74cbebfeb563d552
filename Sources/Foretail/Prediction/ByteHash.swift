/// A seeded 64-bit hash of short byte strings by multiply and fold, in the manner of wyhash.
///
/// The seed makes collisions unpredictable to whoever chooses the keys. Never written to disk, so free to change.
enum ByteHash {
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
        var state = seed ^ 0xA076_1D64_78BD_642F ^ UInt64(truncatingIfNeeded: bytes.count)
        guard let base = unsafe UnsafeRawPointer(bytes.baseAddress) else { return fold(state, 0xE703_7ED1_A0B4_28DB) }
        let count = bytes.count
        var offset = 0
        while offset + 8 <= count {
            let word = unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            state = fold(state ^ word, 0xE703_7ED1_A0B4_28DB)
            offset += 8
        }
        var tail: UInt64 = 0
        var shift: UInt64 = 0
        while offset < count {
            tail |= UInt64(unsafe base.load(fromByteOffset: offset, as: UInt8.self)) << shift
            shift += 8
            offset += 1
        }
        return fold(fold(state ^ tail, 0x8EBC_6AF0_9C88_C6E3), 0x5896_5CC7_5374_CC3F)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
