#if Server
import FieldExtraction

/// The members of a server's answers, by kind.
extension JSONValue {
    /// A string.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A number.
    var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// A whole number.
    var whole: Int? {
        guard case .integer(let number) = self else { return nil }
        return Int(number)
    }

    /// A boolean.
    var flag: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    /// An array's elements; none for anything else.
    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// An object's members; none for anything else.
    var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// The compact text.
    var compact: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An object of those members that have a value.
    static func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }
}
#endif
