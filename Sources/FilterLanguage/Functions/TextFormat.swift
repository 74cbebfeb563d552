#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// `"%s has %d".format([name, count])`: `%s`, `%d`, `%f`, `%e`, `%b`, `%o`, `%x`, `%X`, with a precision for `%f` and `%e`.
///
/// Source: the strings extension of cel-go.
enum TextFormat {
    private static let precisionLimit = 1_000

    static func format(_ text: String, _ values: [Value]) throws(Failure) -> String {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        var next = 0
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            if bytes.first == UInt8(ascii: "%") {
                bytes = bytes.dropFirst()
                result.append(byte)
                continue
            }
            let precision = try precision(&bytes)
            guard let clause = bytes.popFirst() else { throw .invalidArgument }
            guard next < values.count else { throw .indexOutOfRange }
            result += Array(try formatted(values[next].strict, clause, precision).utf8)
            next += 1
            guard result.count <= FilterEvaluator.sizeLimit else { throw .tooLarge }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func precision(_ bytes: inout ArraySlice<UInt8>) throws(Failure) -> Int32 {
        guard bytes.first == UInt8(ascii: ".") else { return 6 }
        bytes = bytes.dropFirst()
        var value: Int32 = 0
        while let digit = bytes.first, Lexer.isDigit(digit) {
            value = value * 10 + Int32(digit - 0x30)
            guard value <= precisionLimit else { throw .invalidArgument }
            bytes = bytes.dropFirst()
        }
        return value
    }

    private static func formatted(_ value: Value, _ clause: UInt8, _ precision: Int32) throws(Failure) -> String {
        switch clause {
        case UInt8(ascii: "s"): return try plain(value)
        case UInt8(ascii: "d"):
            switch value {
            case .int, .uint: return try Conversion.string(value)
            case .double(let number) where !number.isFinite: return Conversion.text(of: number)
            default: throw .noSuchOverload
            }
        case UInt8(ascii: "f"): return try decimal(value, precision, scientific: false)
        case UInt8(ascii: "e"): return try decimal(value, precision, scientific: true)
        case UInt8(ascii: "b"): return try digits(value, radix: 2, allowsBool: true)
        case UInt8(ascii: "o"): return try digits(value, radix: 8, allowsBool: false)
        case UInt8(ascii: "x"): return try hexadecimal(value, uppercase: false)
        case UInt8(ascii: "X"): return try hexadecimal(value, uppercase: true)
        default: throw .invalidArgument
        }
    }

    /// Any value as a person reads it; the keys of maps in order.
    private static func plain(_ value: Value) throws(Failure) -> String {
        switch value.strict {
        case .null: return "null"
        case .list(let elements):
            var parts: [String] = []
            for element in elements { parts.append(try plain(element)) }
            return "[" + parts.joined(separator: ", ") + "]"
        case .map(let map):
            var parts: [(key: String, value: String)] = []
            for (key, value) in zip(map.keys, map.values) { parts.append((try plain(key), try plain(value))) }
            parts.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            return "{" + parts.map { $0.key + ": " + $0.value }.joined(separator: ", ") + "}"
        default: return try Conversion.string(value)
        }
    }

    private static func decimal(_ value: Value, _ precision: Int32, scientific: Bool) throws(Failure) -> String {
        guard let number = value.asDouble else { throw .noSuchOverload }
        guard number.isFinite else { return Conversion.text(of: number) }
        // A double has at most 309 digits before its point.
        var buffer = [CChar](repeating: 0, count: Int(precision) + 330)
        let count = unsafe withVaList([precision, number]) { arguments in
            unsafe vsnprintf(&buffer, buffer.count, scientific ? "%.*e" : "%.*f", arguments)
        }
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func digits(_ value: Value, radix: Int, allowsBool: Bool) throws(Failure) -> String {
        switch value {
        case .int(let value): return String(value, radix: radix)
        case .uint(let value): return String(value, radix: radix)
        case .bool(let value) where allowsBool: return value ? "1" : "0"
        default: throw .noSuchOverload
        }
    }

    private static func hexadecimal(_ value: Value, uppercase: Bool) throws(Failure) -> String {
        switch value {
        case .int(let value): return String(value, radix: 16, uppercase: uppercase)
        case .uint(let value): return String(value, radix: 16, uppercase: uppercase)
        case .string(let text): return hexadecimal(Array(text.utf8), uppercase)
        case .bytes(let bytes): return hexadecimal(bytes, uppercase)
        default: throw .noSuchOverload
        }
    }

    private static func hexadecimal(_ bytes: [UInt8], _ uppercase: Bool) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: uppercase) }.joined()
    }
}
