/// The last sixteen symbols of one key, the latest first; what is not there yet is −1.
///
/// ```swift
/// var history = ContextHistory()
/// history.append(7)
/// history[0]   // 7
/// ```
///
/// Size: 68 bytes.
public struct ContextHistory: Sendable, Hashable {
    /// The most symbols held.
    public static let capacity = 16

    private var symbols = SIMD16<Int32>(repeating: -1)
    /// How many symbols are held.
    public private(set) var count: Int32 = 0

    /// Creates an empty history.
    public init() {}

    /// The symbol `back` before the latest, −1 where there is none.
    @inline(__always)
    public subscript(back: Int) -> Int32 { back < ContextHistory.capacity ? symbols[back] : -1 }

    /// Appends a symbol.
    @inline(__always)
    public mutating func append(_ symbol: Int32) {
        let high = SIMD8<Int32>(
            symbols[7], symbols[8], symbols[9], symbols[10], symbols[11], symbols[12], symbols[13], symbols[14])
        let low = SIMD8<Int32>(
            symbol, symbols[0], symbols[1], symbols[2], symbols[3], symbols[4], symbols[5], symbols[6])
        symbols = SIMD16(lowHalf: low, highHalf: high)
        count = min(count + 1, Int32(ContextHistory.capacity))
    }
}

extension ContextHistory {
    /// Writes the state, or reads it back.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&symbols, in: -1...(.max))
        try coder.pass(&count, in: 0...Int32(ContextHistory.capacity))
    }
}
