/// A value that may be absent: the optional of CEL.
///
/// The payload sits in an array of at most one element, because an enum cannot hold itself in line.
public struct OptionalValue: Sendable {
    var storage: [Value]

    /// The absent value, `optional.none()`.
    public static let none = OptionalValue(storage: [])
    /// A present value, `optional.of(x)`.
    public static func of(_ value: Value) -> OptionalValue { OptionalValue(storage: [value]) }
    /// The value, or nil if it is absent.
    public var value: Value? { storage.first }
}
