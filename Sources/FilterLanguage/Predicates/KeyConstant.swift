/// A constant that a slot can equal.
package enum KeyConstant: Hashable, Sendable {
    /// A string, as UTF-8.
    case text([UInt8])
    /// A number, whole or not; never NaN or negative zero.
    case number(Double)
    /// A boolean.
    case bool(Bool)
    /// Null.
    case null
}
