/// The identity of a tail request, `tr_7`; never reused by its manager.
public struct TailRequestID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number behind the prefix.
    public var number: UInt32

    /// Creates an id from its number.
    public init(_ number: UInt32) { self.number = number }

    /// Orders by age.
    public static func < (left: TailRequestID, right: TailRequestID) -> Bool { left.number < right.number }

    /// The printed form, `tr_7`.
    public var description: String { "tr_\(number)" }
}
