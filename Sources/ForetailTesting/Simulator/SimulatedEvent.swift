import FieldExtraction
import Foretail

/// An event as the simulator made it: its text, and what the judge may know of it without reading the text.
struct SimulatedEvent: Sendable {
    /// Its position; a known one must be dropped.
    var position: Position
    /// Its text.
    var text: String
    /// Whether the text is valid JSON.
    var isValid: Bool
    /// The time it states, if it states one that can be read.
    var stated: Timestamp?
    /// Its top-level fields.
    var fields: [String: SimulatedValue]

    /// Whether a field is not there, or null.
    func lacks(_ name: String) -> Bool {
        if case .null = fields[name] { true } else { fields[name] == nil }
    }

    /// The key under the key fields of its stream.
    func key(_ names: [String]) -> String {
        names.map { fields[$0]?.text ?? "" }.joined(separator: ",")
    }
}
