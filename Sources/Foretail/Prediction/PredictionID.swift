/// The identity of a prediction record, `p_17`; never reused by its manager.
public struct PredictionID: Hashable, Sendable, CustomStringConvertible {
    /// The number behind the prefix.
    public var number: UInt64

    /// Creates an id from its number.
    @inlinable public init(_ number: UInt64) { self.number = number }

    /// The printed form, `p_17`.
    public var description: String { "p_\(number)" }
}
