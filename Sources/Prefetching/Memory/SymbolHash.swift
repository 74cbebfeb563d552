/// Mixing of 64-bit symbols, the same in every run.
enum SymbolHash {
    /// A symbol whose bits are spread (the finisher of SplitMix64).
    @inline(__always)
    static func mixed(_ symbol: UInt64) -> UInt64 {
        var mixed = symbol &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One hash of two symbols; their order matters.
    @inline(__always)
    static func mixed(_ first: UInt64, _ second: UInt64) -> UInt64 {
        mixed(mixed(first) &+ 0x2545_F491_4F6C_DD1D &* second)
    }
}
