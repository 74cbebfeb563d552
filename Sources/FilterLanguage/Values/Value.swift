/// A value of CEL.
///
///     try Expression("[1, 2].map(x, x * n)", variables: ["n"]).evaluate(bindings: ["n": .int(3)])  // .list([3, 6])
///
/// Numbers of an event are ``number(_:)``: they behave as int or double by how they are written, but adapt to the other
/// operand in arithmetic, so that `event.latency * 2` works for 41 and for 41.9. All other values are strict.
/// Source: the CEL language definition, "Values".
public enum Value: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A signed 64-bit integer.
    case int(Int64)
    /// An unsigned 64-bit integer.
    case uint(UInt64)
    /// An IEEE double.
    case double(Double)
    /// A string of Unicode code points, compared code point by code point.
    case string(String)
    /// A sequence of bytes.
    case bytes([UInt8])
    /// A list.
    case list([Value])
    /// A map from bool, int, uint or string.
    case map(ValueMap)
    /// An instant, in nanoseconds.
    case timestamp(Instant)
    /// A length of time in nanoseconds.
    case duration(Int64)
    /// A type.
    case type(ValueType)
    /// A value that may be absent (`optional.of(x)`, `event.?a`).
    case optional(OptionalValue)
    /// A number out of an event.
    case number(EventNumber)

    /// The type of the value. A number of an event is int or double by how it is written.
    public var type: ValueType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int, .number(.integer): .int
        case .uint: .uint
        case .double, .number(.double): .double
        case .string: .string
        case .bytes: .bytes
        case .list: .list
        case .map: .map
        case .timestamp: .timestamp
        case .duration: .duration
        case .type: .type
        case .optional: .optional
        }
    }

    /// The value with a number of an event turned into plain int or double.
    @inline(__always) var strict: Value {
        guard case .number(let number) = self else { return self }
        return number.value
    }
}
