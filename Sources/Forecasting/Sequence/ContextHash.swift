/// The hash by which contexts are found: 64 bits, built up one part at a time.
enum ContextHash {
    /// The hash of `hash` followed by `part`. (The combination of Boost, then a multiplication and a shift of SplitMix64.)
    @inline(__always)
    static func mixed(_ hash: UInt64, _ part: UInt64) -> UInt64 {
        var mixed = hash ^ (part &+ 0x9e37_79b9_7f4a_7c15 &+ (hash &<< 6) &+ (hash &>> 2))
        mixed = mixed &* 0xbf58_476d_1ce4_e5b9
        return mixed ^ (mixed &>> 29)
    }
}
