import FieldExtraction

/// A value of a JSON report, its objects in the order they were written.
enum ReportValue: Sendable {
    case null
    case number(Double)
    case integer(Int)
    case text(String)
    case list([ReportValue])
    case object([(String, ReportValue)])

    /// A number with at most six decimals; null where there is none.
    init(_ value: Double?) {
        guard let value, value.isFinite else {
            self = .null
            return
        }
        let rounded = abs(value) < 1e9 ? (value * 1e6).rounded() / 1e6 : value
        self = .number(rounded == 0 && value != 0 ? value : rounded)
    }

    /// A whole number; null where there is none.
    init(_ value: Int?) { self = value.map(ReportValue.integer) ?? .null }

    /// A text; null where there is none.
    init(_ value: String?) { self = value.map(ReportValue.text) ?? .null }

    /// Appends the value, objects and lists of objects on lines of their own.
    func append(to output: inout [UInt8], depth: Int = 0) {
        switch self {
        case .null: output += Array("null".utf8)
        case .number(let value): NumberText.append(value, to: &output)
        case .integer(let value): NumberText.appendInteger(Int64(value), to: &output)
        case .text(let text): JSONString.append(text, to: &output)
        case .list(let values):
            Self.append(values.map { (nil, $0) }, "[", "]", isOpen: values.contains(where: \.isOpen), depth, &output)
        case .object(let members):
            Self.append(
                members.map { ($0.0, $0.1) }, "{", "}", isOpen: depth < 2 || members.contains { $0.1.isOpen }, depth,
                &output)
        }
    }

    /// Whether the value is long enough to stand on several lines.
    private var isOpen: Bool {
        switch self {
        case .object: true
        case .list(let values): values.contains(where: \.isOpen)
        case .null, .number, .integer, .text: false
        }
    }

    private static func append(
        _ members: [(String?, ReportValue)], _ opening: Character, _ closing: Character, isOpen: Bool, _ depth: Int,
        _ output: inout [UInt8]
    ) {
        output += Array(String(opening).utf8)
        for (place, member) in members.enumerated() {
            if place > 0 { output += Array((isOpen ? "," : ", ").utf8) }
            if isOpen { output += Array(("\n" + String(repeating: " ", count: depth + 1)).utf8) }
            if let name = member.0 {
                JSONString.append(name, to: &output)
                output += Array(": ".utf8)
            }
            member.1.append(to: &output, depth: depth + 1)
        }
        if isOpen, !members.isEmpty { output += Array(("\n" + String(repeating: " ", count: depth)).utf8) }
        output += Array(String(closing).utf8)
    }
}
