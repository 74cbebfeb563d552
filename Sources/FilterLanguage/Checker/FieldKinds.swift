public import FieldExtraction

/// The kinds of value that a field of an event may hold.
///
///     let kinds: FieldKinds = [.number, .null]
///     kinds.description                               // number|null
public struct FieldKinds: OptionSet, Hashable, Sendable, CustomStringConvertible {
    /// One bit per kind.
    public let rawValue: UInt8

    /// Creates a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A number, whole or not.
    public static let number = FieldKinds(rawValue: 1)
    /// Text.
    public static let text = FieldKinds(rawValue: 2)
    /// `true` or `false`.
    public static let boolean = FieldKinds(rawValue: 4)
    /// `null`.
    public static let null = FieldKinds(rawValue: 8)
    /// An array.
    public static let array = FieldKinds(rawValue: 16)
    /// An object.
    public static let object = FieldKinds(rawValue: 32)
    /// All kinds of JSON.
    public static let any: FieldKinds = [.number, .text, .boolean, .null, .array, .object]

    /// The kinds with their names in a schema's text, and the way a sentence names them.
    static let names: [(kind: FieldKinds, name: String, phrase: String)] = [
        (.number, "number", "a number"), (.text, "string", "a text"), (.boolean, "boolean", "a boolean"),
        (.array, "array", "an array"), (.object, "object", "an object"), (.null, "null", "null"),
    ]

    /// The kind of a slot, or the empty set for a missing one and for an instant, which no event's body holds.
    public init(_ kind: FieldSlot.Kind) {
        switch kind {
        case .integer, .double: self = .number
        case .string: self = .text
        case .boolean: self = .boolean
        case .null: self = .null
        case .array: self = .array
        case .object: self = .object
        case .missing, .timestamp: self = []
        }
    }

    /// The names as a schema's text has them: `number|null`, or `any`.
    public var description: String {
        if self == .any { return "any" }
        return FieldKinds.names.filter { contains($0.kind) }.map(\.name).joined(separator: "|")
    }
}
