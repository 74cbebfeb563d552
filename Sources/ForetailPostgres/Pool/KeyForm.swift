#if Postgres
/// How keys of a column's type are spelled, so that a row can be told by the text of its first column.
///
/// A key spelled otherwise than the server prints it (`042`) is asked alone, where every row that comes is its own.
enum KeyForm: Hashable, Sendable {
    /// Text is printed as it is.
    case text
    /// Whole numbers: no leading zero, no plus.
    case integer
    /// Lower case with hyphens.
    case uuid
    /// Any other type: keys without a row are asked again, alone.
    case other

    /// The form of an array's elements, by the array's type.
    init?(array type: UInt32) {
        switch type {
        case 1005, 1007, 1016: self = .integer
        case 1009, 1015: self = .text
        case 2951: self = .uuid
        // bool, bytea, char, name, bpchar, oid, float, timestamps, date, time, interval, numeric, citext is none of these.
        case 1000, 1001, 1002, 1003, 1014, 1028, 1021, 1022, 1115, 1182, 1183, 1185, 1187, 1231, 1270: self = .other
        default: return nil
        }
    }

    /// Whether the server would print a value written like this in the same way.
    func isPrinted(_ key: String) -> Bool {
        switch self {
        case .text, .other: return true
        case .integer:
            let digits = key.utf8.first == UInt8(ascii: "-") ? key.utf8.dropFirst() : key.utf8[...]
            guard let first = digits.first, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return false }
            return digits.count == key.utf8.count ? first != 48 || digits.count == 1 : first != 48
        case .uuid:
            guard key.utf8.count == 36 else { return false }
            return key.utf8.enumerated().allSatisfy { place, byte in
                [8, 13, 18, 23].contains(place)
                    ? byte == UInt8(ascii: "-") : byte >= 48 && byte <= 57 || byte >= 97 && byte <= 102
            }
        }
    }

    /// Keys as the text of an array, each in quotes.
    static func array(_ keys: some Sequence<String>) -> String {
        var text: [UInt8] = [UInt8(ascii: "{")]
        for key in keys {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "\""))
            for byte in key.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                text.append(byte)
            }
            text.append(UInt8(ascii: "\""))
        }
        text.append(UInt8(ascii: "}"))
        return String(decoding: text, as: UTF8.self)
    }
}
#endif
