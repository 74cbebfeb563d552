import FieldExtraction

/// JSON texts at random: odd spacing, escapes, all lengths of UTF-8, repeated keys.
struct RandomJSON {
    var generator: SeededGenerator
    private static let keys = [
        "a", "b", "level", "user.id", "a long key of 23 bytes!", "a long key of 23 Bytes!", "é", "seven77", "eight888",
        "sixteen_bytes_16",
    ]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func pick(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    mutating func object(depth: Int = 0) -> String {
        let members = (0..<pick(5)).map { _ in
            "\(space())\(key())\(space()):\(space())\(value(depth: depth + 1))\(space())"
        }
        return members.isEmpty ? "{\(space())}" : "{" + members.joined(separator: ",") + "}"
    }

    mutating func value(depth: Int) -> String {
        switch pick(depth > 4 ? 6 : 9) {
        case 0: return ["null", "true", "false"][pick(3)]
        case 1, 2: return string()
        case 3, 4: return number()
        case 5: return "\(pick(1000))"
        case 6: return "[" + (0..<pick(4)).map { _ in value(depth: depth + 1) }.joined(separator: space() + ",") + "]"
        default: return object(depth: depth)
        }
    }

    private mutating func space() -> String { ["", "", "", " ", "\t", "  \r\n"][pick(6)] }

    private mutating func key() -> String {
        let key = Self.keys[pick(Self.keys.count)]
        guard pick(8) == 0, let first = key.utf16.first else { return "\"\(key)\"" }
        let digits = String(first, radix: 16)
        return "\"\\u" + String(repeating: "0", count: 4 - digits.count) + digits + key.dropFirst() + "\""
    }

    mutating func number() -> String {
        let sign = ["", "-"][pick(2)]
        let whole = pick(4) == 0 ? "0" : "\(1 + pick(9))" + digits(pick(20))
        let fraction = pick(2) == 0 ? "" : "." + digits(1 + pick(20))
        let exponent = pick(3) == 0 ? ["e", "E"][pick(2)] + ["", "+", "-"][pick(3)] + digits(1 + pick(3)) : ""
        return sign + whole + fraction + exponent
    }

    private mutating func digits(_ count: Int) -> String { (0..<count).map { _ in "\(pick(10))" }.joined() }

    private mutating func string() -> String {
        let pieces = [
            "x", "plain text", "ü", "日本", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", "\\ud83d",
            "\\u0000",
            "{", "]", ",", ":", "12345678", "\u{7f}",
        ]
        return "\"" + (0..<pick(6)).map { _ in pieces[pick(pieces.count)] }.joined() + "\""
    }
}
