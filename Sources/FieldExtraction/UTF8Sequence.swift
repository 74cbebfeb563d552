/// The check of one UTF-8 sequence of two to four bytes, by RFC 3629: nothing overlong, no surrogate, none past U+10FFFF.
enum UTF8Sequence {
    /// The length of the valid sequence at the low end of `word`, or 0 where it is broken.
    ///
    /// The masks pick the lead's and the continuations' marks out of the little-endian word in one step.
    @inline(__always)
    static func length(_ word: UInt64) -> Int {
        let w = UInt32(truncatingIfNeeded: word)
        if w & 0xC0E0 == 0x80C0 {
            return w & 0x1E != 0 ? 2 : 0
        }
        if w & 0xC0_C0F0 == 0x80_80E0 {
            let lead = w & 0x200F
            return lead != 0 && lead != 0x200D ? 3 : 0
        }
        if w & 0xC0C0_C0F8 == 0x8080_80F0 {
            return w & 0x3007 != 0 && (w & 0x04 == 0 || w & 0x3003 == 0) ? 4 : 0
        }
        return 0
    }
}
