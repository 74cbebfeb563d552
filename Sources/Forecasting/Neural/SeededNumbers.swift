/// Pseudo-random numbers that follow from a seed alone: SplitMix64.
///
/// ```swift
/// var numbers = SeededNumbers(seed: 7)
/// numbers.uniform()        // 0..<1, the same on every machine
/// ```
///
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
struct SeededNumbers: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0..<1, in steps that single precision holds exactly.
    mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }

    /// A whole number in 0..<`bound`, by the high half of a product.
    mutating func index(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}

extension SeededNumbers {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) { try coder.pass(&state) }
}
