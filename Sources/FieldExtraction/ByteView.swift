/// A run of bytes that may be read at and past its end: what lies beyond reads as zero.
///
/// Zero is a byte that no JSON, CSV or time text holds, so a scanner meets the end as one more byte it does not want and
/// needs no separate test for it. Nothing outside the run is ever touched; callers need no padding.
@safe struct ByteView {
    /// The first byte.
    let base: UnsafePointer<UInt8>
    /// The number of bytes.
    let count: Int

    /// The bytes of `bytes`, or an empty run where it has none.
    @inline(__always)
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        if let first = bytes.baseAddress {
            unsafe self.base = first
            self.count = bytes.count
        } else {
            unsafe self.base = UnsafePointer(bitPattern: 8)!
            self.count = 0
        }
    }

    @inline(__always)
    subscript(index: Int) -> UInt8 { index < count ? unsafe base[index] : 0 }

    /// Eight bytes from `index`, the first in the lowest bits, zeros past the end.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        index &+ 8 <= count
            ? UInt64(littleEndian: unsafe UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
            : lastWord(at: index)
    }

    /// The end of the run from `index`, shorter than eight bytes.
    @inline(__always)
    private func lastWord(at index: Int) -> UInt64 {
        guard count >= 8 else { return shortWord(at: index) }
        let word = UInt64(littleEndian: unsafe UnsafeRawPointer(base + (count &- 8)).loadUnaligned(as: UInt64.self))
        return word >> UInt64(truncatingIfNeeded: min(64, 8 &* (index &+ 8 &- count)))
    }

    @inline(never)
    private func shortWord(at index: Int) -> UInt64 {
        var word: UInt64 = 0
        var place = index
        while place < count {
            word |= UInt64(unsafe base[place]) << UInt64(8 * (place - index))
            place += 1
        }
        return word
    }

    /// The bytes from `start` up to `end`.
    @inline(__always)
    func bytes(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: base + start, count: end &- start)
    }

    /// The bytes without the spaces and tabs around them.
    func trimmed() -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = count
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return unsafe bytes(start, end)
    }
}
