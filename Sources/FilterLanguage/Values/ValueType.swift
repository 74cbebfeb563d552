internal import FieldExtraction

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

    /// The type of all values of a kind of slot; nil where there is none, or more than one.
    init?(_ kind: FieldSlot.Kind) {
        switch kind {
        case .null: self = .null
        case .boolean: self = .bool
        case .string: self = .string
        case .array: self = .list
        case .object: self = .map
        case .missing, .integer, .double, .timestamp: return nil
        }
    }

    /// The kind of slot that holds values of this type and no others; nil where there is none.
    var slotKind: FieldSlot.Kind? {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .string: .string
        case .list: .array
        case .map: .object
        default: nil
        }
    }

    /// The type of that name, or nil.
    static func named(_ name: String) -> ValueType? {
        for type in allCases where type.description == name { return type }
        return nil
    }
}
