/// The value of a field in a simulated event, kept beside its JSON so that the judge need not read JSON.
enum SimulatedValue: Sendable, Hashable {
    case number(Double)
    case text(String)
    case boolean(Bool)
    case null
    case object

    /// The JSON text.
    var json: String {
        switch self {
        case .number(let value): Self.digits(value)
        case .text(let text): "\"\(text)\""
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .object: #"{"inner":[1,2]}"#
        }
    }

    /// The value as text, as a key shows it; nil where it shows none.
    var text: String? {
        switch self {
        case .number(let value): Self.digits(value)
        case .text(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .null: ""
        case .object: nil
        }
    }

    private static func digits(_ value: Double) -> String {
        value == value.rounded() ? "\(Int64(value))" : "\(value)"
    }

    /// The value read as a number, strings of digits included, as the judge of docs/records.md does.
    var asNumber: Double? {
        switch self {
        case .number(let value): value
        case .boolean(let value): value ? 1 : 0
        case .text(let text): Double(text)
        case .null, .object: nil
        }
    }
}
