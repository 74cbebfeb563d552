/// A type of CEL, by its name in the language.
public enum ValueType: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// `null_type`.
    case null
    /// `bool`.
    case bool
    /// `int`.
    case int
    /// `uint`.
    case uint
    /// `double`.
    case double
    /// `string`.
    case string
    /// `bytes`.
    case bytes
    /// `list`.
    case list
    /// `map`.
    case map
    /// `google.protobuf.Timestamp`.
    case timestamp
    /// `google.protobuf.Duration`.
    case duration
    /// `type`.
    case type
    /// `optional_type`.
    case optional

    /// The type's name in CEL.
    public var description: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .type: "type"
        case .optional: "optional_type"
        }
    }

    /// The type of that name, or nil.
    static func named(_ name: String) -> ValueType? {
        for type in allCases where type.description == name { return type }
        return nil
    }
}
