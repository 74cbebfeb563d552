import FieldExtraction

/// A second JSON parser, as plain as can be, to compare the scanner with: byte by byte, recursive, from the grammar of RFC 8259.
struct ReferenceJSON {
    private struct Bad: Error {}
    private let bytes: [UInt8]
    private var place = 0

    /// The value of a text, or nil if it is not valid JSON.
    static func parse(_ bytes: [UInt8]) -> JSONValue? {
        var parser = ReferenceJSON(bytes: bytes)
        guard let value = try? parser.value(depth: 0) else { return nil }
        parser.space()
        return parser.place == bytes.count ? value : nil
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var byte: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func space() {
        while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        space()
        if take("null") { return .null }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        if byte == UInt8(ascii: "\"") { return .string(try string()) }
        if take("[") { return try elements(depth: depth + 1) }
        if take("{") { return try members(depth: depth + 1) }
        return try number()
    }

    private mutating func elements(depth: Int) throws -> JSONValue {
        guard depth <= 64 else { throw Bad() }
        var values: [JSONValue] = []
        space()
        if take("]") { return .array([]) }
        while true {
            values.append(try value(depth: depth))
            space()
            if take("]") { return .array(values) }
            guard take(",") else { throw Bad() }
        }
    }

    private mutating func members(depth: Int) throws -> JSONValue {
        guard depth <= 64 else { throw Bad() }
        var members: [JSONValue.Member] = []
        space()
        if take("}") { return .object([]) }
        while true {
            space()
            let key = try string()
            space()
            guard take(":") else { throw Bad() }
            members.append(.init(key: key, value: try value(depth: depth)))
            space()
            if take("}") { return .object(members) }
            guard take(",") else { throw Bad() }
        }
    }

    private mutating func string() throws -> String {
        guard take("\"") else { throw Bad() }
        var units: [UInt8] = []
        while let byte {
            place += 1
            if byte == UInt8(ascii: "\"") {
                guard let text = String(validating: units, as: UTF8.self) else { throw Bad() }
                return text
            }
            guard byte >= 0x20 else { throw Bad() }
            if byte != UInt8(ascii: "\\") {
                units.append(byte)
                continue
            }
            guard let kind = self.byte else { throw Bad() }
            place += 1
            let plain: [UInt8: UInt8] = [
                0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9,
            ]
            if let character = plain[kind] {
                units.append(character)
            } else if kind == UInt8(ascii: "u") {
                units += Array(String(try scalar()).utf8)
            } else {
                throw Bad()
            }
        }
        throw Bad()
    }

    private mutating func scalar() throws -> Character {
        let high = try unit()
        if let scalar = Unicode.Scalar(high) { return Character(scalar) }
        let start = place
        if high < 0xDC00, take("\\u"), case let low = try unit(), low & 0xFC00 == 0xDC00 {
            return Character(Unicode.Scalar(0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00))!)
        }
        place = start
        return "\u{FFFD}"
    }

    private mutating func unit() throws -> UInt32 {
        guard place + 4 <= bytes.count else { throw Bad() }
        let digits = String(decoding: bytes[place..<place + 4], as: UTF8.self)
        guard digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }), let unit = UInt32(digits, radix: 16)
        else { throw Bad() }
        place += 4
        return unit
    }

    private mutating func number() throws -> JSONValue {
        let start = place
        _ = take("-")
        if !take("0") { try digits() }
        var isWhole = true
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if isWhole, text != "-0", let value = Int64(text) { return .integer(value) }
        return .double(Double(text)!)
    }

    private mutating func digits() throws {
        let start = place
        while let byte, byte >= 48, byte <= 57 { place += 1 }
        if place == start { throw Bad() }
    }
}
