import FieldExtraction
import Foretail

/// An announced prediction that has not ended, with its assertions by name.
struct JudgedRecord {
    /// What an asserted field must be.
    enum Assertion {
        case number(String, value: Double, tolerance: Double)
        case text(String, String)
        case boolean(String, Bool)
    }

    let prediction: Prediction
    let assertions: [Assertion]

    init(_ prediction: Prediction, names: StreamNames) {
        self.prediction = prediction
        var assertions: [Assertion] = []
        for field in prediction.fields {
            let name = names.field(field.field)
            switch field.content {
            case .numeric(let numeric):
                guard let tolerance = numeric.tolerance else { continue }
                assertions.append(.number(name, value: numeric.value.value, tolerance: tolerance.value))
            case .category(let category) where category.isAsserted:
                switch names.value(category.best.symbol, field: field.field) {
                case .text(let bytes): assertions.append(.text(name, String(decoding: bytes, as: UTF8.self)))
                case .boolean(let value): assertions.append(.boolean(name, value))
                }
            case .category: break
            }
        }
        self.assertions = assertions
    }

    /// Whether the request's time to live takes the record before its window ends.
    var dies: Bool { prediction.expires < prediction.windowEnd }

    /// Whether the event lies in the record's window, matches, and is right in all asserted fields.
    func agrees(_ event: JudgedEvent, matched: Bool) -> Bool {
        guard matched, prediction.windowStart <= event.time, event.time <= prediction.windowEnd else { return false }
        return assertions.allSatisfy { assertion in
            switch assertion {
            case .number(let name, let value, let tolerance):
                guard let actual = event.source.fields[name]?.asNumber else { return false }
                return abs(actual - value) <= tolerance * (1 + 1e-9)
            case .text(let name, let text):
                guard let actual = event.source.fields[name] else { return false }
                return switch actual {
                case .text, .number: actual.text == text
                case .boolean, .null, .object: false
                }
            case .boolean(let name, let value): return event.source.fields[name] == .boolean(value)
            }
        }
    }

    /// The bytes the record is counted with, slot excluded.
    var bytes: Int { prediction.byteCount + 80 }
}
