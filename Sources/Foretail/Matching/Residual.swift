/// What is left to test of a filter after its access predicate fired: nothing, a block of tests, or the whole program.
struct Residual {
    /// Bit 31: the whole program. Bit 30: the group has several entries that may fire together. The rest: a block, or all ones.
    private(set) var bits: UInt32

    static let blockMask: UInt32 = 1 << 30 - 1

    init(block: UInt32?, isWhole: Bool, isShared: Bool) {
        precondition(block ?? 0 < Residual.blockMask, "the residual tests take more than 8 GiB")
        bits = (block ?? Residual.blockMask) | (isWhole ? 1 << 31 : 0) | (isShared ? 1 << 30 : 0)
    }

    /// Whether the group matches outright.
    @inline(__always) var isNothing: Bool { bits == Residual.blockMask }
    @inline(__always) var isWhole: Bool { bits >> 31 == 1 }
    @inline(__always) var isShared: Bool { bits >> 30 & 1 == 1 }
    /// The block of tests, or nil.
    @inline(__always) var block: UInt32? {
        let block = bits & Residual.blockMask
        return block == Residual.blockMask ? nil : block
    }
}
