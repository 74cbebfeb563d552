/// A JSON value taken apart: for the places that need all of an object or array, such as a filter's slow path.
///
///     let tags = JSONValue(slot)                        // .array([.string("a"), .string("b")])
///     let event = try JSONValue(parsing: bytes)
///     event["user"]?["id"]                              // .integer(7)
///
/// Objects keep the order of their members and their duplicates; looking up takes the last. Costs an allocation per string
/// and container.
public enum JSONValue: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case double(Double)
    /// A string, its escapes decoded.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object: its members in order.
    case object([Member])

    /// One member of an object.
    public struct Member: Equatable, Sendable {
        /// The key, its escapes decoded.
        public var key: String
        /// The value.
        public var value: JSONValue

        /// Creates a member.
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The deepest nesting that is taken apart, whatever the scanner's limits: recursion needs stack.
    public static let maximumDepth = 512

    /// Reads one JSON text in full, checked like an event.
    public init(parsing text: [UInt8], limits: ScanLimits = ScanLimits()) throws(FieldExtractionError) {
        var limits = limits
        limits.depth = min(limits.depth, Self.maximumDepth)
        let result = JSONScanner.validate(text, limits: limits)
        guard result.isValid else { throw FieldExtractionError(.badJSON, "JSON, \(result)") }
        self = unsafe text.withUnsafeBufferPointer { bytes in
            var reader = unsafe JSONReader(bytes)
            return JSONValue(reader.value(), depth: 0) ?? .null
        }
    }

    /// Reads a slot that a scanner filled; nil for a missing one and for nesting beyond ``maximumDepth``.
    ///
    /// Instants become their RFC 3339 text.
    public init?(_ slot: FieldSlot) {
        self.init(slot, depth: 0)
    }

    private init?(_ slot: FieldSlot, depth: Int) {
        switch slot.kind {
        case .missing: return nil
        case .null: self = .null
        case .boolean: self = .bool(slot.bits == 1)
        case .integer: self = .integer(Int64(bitPattern: slot.bits))
        case .double: self = .double(Double(bitPattern: slot.bits))
        case .string: self = .string(JSONString.string(slot))
        case .timestamp: self = .string(Timestamp(microseconds: Int64(bitPattern: slot.bits)).description)
        case .object, .array:
            guard depth < Self.maximumDepth, let value = Self.container(slot, depth: depth) else { return nil }
            self = value
        }
    }

    private static func container(_ slot: FieldSlot, depth: Int) -> JSONValue? {
        var reader = unsafe JSONReader(slot.text)
        reader.enter()
        var members: [Member] = []
        var elements: [JSONValue] = []
        while reader.hasNext() {
            let key = slot.kind == .object ? JSONString.string(reader.key()) : nil
            guard let value = JSONValue(reader.value(), depth: depth + 1) else { return nil }
            if let key { members.append(Member(key: key, value: value)) } else { elements.append(value) }
        }
        return slot.kind == .object ? .object(members) : .array(elements)
    }

    /// The value of an object's member, the last of equal keys; nil where there is none or this is no object.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// Appends the value as compact JSON.
    public func append(to output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): NumberText.appendInteger(value, to: &output)
        case .double(let value): NumberText.append(value, to: &output)
        case .string(let value): JSONString.append(value, to: &output)
        case .array(let values):
            output.append(UInt8(ascii: "["))
            for (place, value) in values.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                value.append(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (place, member) in members.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                JSONString.append(member.key, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.append(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }
}
