import FieldExtraction
import FilterLanguage

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One case of the conformance file: an expression, its variables, and the value or error it must give.
struct ConformanceCase {
    static let core = [
        "basic", "comparisons", "conversions", "fields", "fp_math", "integer_math", "lists", "logic", "macros",
        "namespace", "parse", "plumbing", "string", "timestamps",
    ]

    /// Cases whose value was damaged on the way into the file. The specification writes them as `bytes_value: " \? \" \' ` "`;
    /// in a text proto `\?` is an escape for the question mark, the file has it with the backslash (5c).
    static let errata: [String: Value] = [
        "parse/bytes_literals/triple_single_quoted_unescaped_punctuation": .bytes(Array(" ? \" ' ` ".utf8)),
        "parse/bytes_literals/triple_double_quoted_unescaped_punctuation": .bytes(Array(" ? \" ' ` ".utf8)),
    ]

    var file: String
    var name: String
    var expression: String
    var container: String
    var variables: [String]
    var bindings: [String: Value]
    var expected: Value?
    var isCheckOnly: Bool

    /// All cases, or nil where the file is missing.
    static func load() throws -> [ConformanceCase]? {
        var folder = "\(#filePath)".split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/shared"
        if let given = getenv("FORETAIL_SHARED") { folder = String(cString: given) }
        guard let file = fopen(folder + "/data/filters/cel-conformance.jsonl", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return try bytes.split(separator: 0x0A).map { ConformanceCase(try JSONValue(parsing: Array($0))) }
    }

    init(_ json: JSONValue) {
        file = json["file"].text
        name = json["name"].text
        expression = json["expr"].text
        container = json["container"].text
        bindings = [:]
        var names: [String] = []
        if case .object(let members) = json["type_env"] { names += members.map(\.key) }
        if case .object(let members) = json["bindings"] {
            for member in members {
                bindings[member.key] = Value(typed: member.value)
                if !names.contains(member.key) { names.append(member.key) }
            }
        }
        variables = names
        expected = json["value"].map(Value.init(typed:))
        if let erratum = Self.errata["\(file)/\(json["section"].text)/\(name)"] { expected = erratum }
        isCheckOnly = json["check_only"] != nil
    }

    /// Why the case fails, or nil if it passes.
    func failure() -> String? {
        do {
            let value = try Expression(expression, variables: variables, container: container).evaluate(
                bindings: bindings)
            guard let expected else { return "gave \(value), should be an error" }
            return expected.isSame(as: value) ? nil : "gave \(value), should be \(expected)"
        } catch {
            return expected == nil ? nil : "gave \(error), should be \(expected!)"
        }
    }
}

extension JSONValue? {
    var text: String { if case .string(let text) = self { text } else { "" } }
}

extension Value {
    /// The value of the file's form, `{"int": "5"}`.
    init(typed json: JSONValue) {
        guard case .object(let members) = json, let member = members.first else {
            self = .null
            return
        }
        let text = (member.value as JSONValue?).text
        switch (member.key, member.value) {
        case ("bool", .bool(let value)): self = .bool(value)
        case ("int", _): self = .int(Int64(text) ?? 0)
        case ("uint", _): self = .uint(UInt64(text) ?? 0)
        case ("double", _): self = .double(Double(text) ?? .nan)
        case ("string", _): self = .string(text)
        case ("bytes", _):
            let digits = Array(text)
            self = .bytes(
                stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16)! })
        case ("list", .array(let elements)): self = .list(elements.map(Value.init(typed:)))
        case ("map", .array(let pairs)):
            var map = ValueMap()
            for case .array(let pair) in pairs { _ = map.insert(Value(typed: pair[0]), Value(typed: pair[1])) }
            self = .map(map)
        case ("type", _): self = ValueType.allCases.first { $0.description == text }.map(Value.type) ?? .null
        default: self = .null
        }
    }

    /// Equal in value and in type, NaN equal to itself and -0.0 not equal to 0.0.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.double(let left), .double(let right)):
            left.isNaN && right.isNaN || (left == right && left.sign == right.sign)
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.map(let left), .map(let right)):
            left.count == right.count
                && zip(left.keys, left.values).allSatisfy { key, value in right[key].map(value.isSame(as:)) ?? false }
        default: type == other.type && equals(other)
        }
    }
}
