internal import FieldExtraction

extension Value {
    /// The value of an extracted field; nil for a missing one and for nesting beyond what is taken apart.
    init?(_ slot: FieldSlot) {
        switch slot.kind {
        case .missing: return nil
        case .null: self = .null
        case .boolean: self = .bool(slot.bits == 1)
        case .integer: self = .number(.integer(Int64(bitPattern: slot.bits)))
        case .double: self = .number(.double(Double(bitPattern: slot.bits)))
        case .string: self = .string(JSONString.string(slot))
        case .timestamp: self = .timestamp(Instant(microseconds: Int64(bitPattern: slot.bits)))
        case .object, .array:
            guard let value = JSONValue(slot) else { return nil }
            self.init(value)
        }
    }

    /// The value of a JSON text taken apart. Of duplicate keys the last wins.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .number(.integer(value))
        case .double(let value): self = .number(.double(value))
        case .string(let value): self = .string(value)
        case .array(let elements): self = .list(elements.map(Value.init))
        case .object(let members):
            var map = ValueMap()
            for member in members { map.set(.string(member.key), Value(member.value)) }
            self = .map(map)
        }
    }
}
