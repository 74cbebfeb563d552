#if Server
import FieldExtraction
import Foretail
import Hummingbird

/// Reads the parameters of a request's query by name, each once, and refuses what is left.
struct QueryReader {
    private var values: [String: String] = [:]

    /// Takes a query apart.
    init(_ request: Request) throws(Problem) {
        for part in (request.uri.query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = PercentText.decoded(pair[0], isForm: true),
                let value = pair.count == 2 ? PercentText.decoded(pair[1], isForm: true) : ""
            else {
                throw .invalid(
                    String(pair[0]), "expected UTF-8, and two hexadecimal digits behind each percent sign",
                    remedy: "write a percent sign as %25, a plus sign as %2B, a space as %20 or +")
            }
            guard values.updateValue(value, forKey: key) == nil else {
                throw .invalid(key, "the parameter stands there twice")
            }
        }
    }

    /// A text; nil where it is missing or empty.
    mutating func string(_ name: String) -> String? {
        guard let text = values.removeValue(forKey: name), !text.isEmpty else { return nil }
        return text
    }

    /// What a parameter says, empty or not; nil where it is missing. It stays to be read.
    func peek(_ name: String) -> String? { values[name] }

    /// A whole number within a range.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = values.removeValue(forKey: name) else { return nil }
        guard let number = Int(text), range.contains(number), text.first != "+" else {
            throw .invalid(name, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A probability: above zero and below one.
    mutating func probability(_ name: String) throws(Problem) -> Double? {
        guard let text = values.removeValue(forKey: name) else { return nil }
        let isDecimal = text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        guard isDecimal, let number = Double(text), number > 0, number < 1 else {
            throw .invalid(name, "expected a number between 0 and 1, such as 0.8")
        }
        return number
    }

    /// `true` or `false`.
    mutating func bool(_ name: String) throws(Problem) -> Bool? {
        guard let text = values.removeValue(forKey: name) else { return nil }
        switch text {
        case "true", "1": return true
        case "false", "0": return false
        default: throw .invalid(name, "expected true or false")
        }
    }

    /// A duration such as `10m`, in microseconds.
    mutating func duration(_ name: String) throws(Problem) -> Int64? {
        guard let text = values.removeValue(forKey: name) else { return nil }
        guard let microseconds = DurationText.microseconds(text) else {
            throw .invalid(name, "expected a duration such as 30s, 10m, 2h or 1d")
        }
        return microseconds
    }

    /// A position such as `0:1-42`.
    mutating func position(_ name: String) throws(Problem) -> Position? {
        guard let text = string(name) else { return nil }
        guard let position = Position(text) else {
            throw .invalid(name, "expected a position such as 0:1-42", remedy: "take it from an event's `position`")
        }
        return position
    }

    /// An instant in RFC 3339.
    mutating func time(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = string(name) else { return nil }
        let value = JSONValue.string(text).bytes
        var scanner = JSONScanner(plan: FieldPlan([FieldPath("t")]))
        var parser = TimestampParser()
        var slot = FieldSlot.missing
        let body = Array(#"{"t":"#.utf8) + value + Array("}".utf8)
        let time: Timestamp? = body.withUnsafeBufferPointer { bytes in
            scanner.scan(bytes, into: &slot).isValid ? parser.parse(slot) : nil
        }
        // A number would be a guess at its unit.
        let year = text.utf8.prefix(4)
        let isDate = year.allSatisfy { (0x30...0x39).contains($0) } && text.utf8.dropFirst(4).first == UInt8(ascii: "-")
        guard isDate, let time else { throw .invalid(name, "expected a time such as 2026-01-01T00:00:00Z") }
        return time
    }

    /// Refuses parameters that nobody asked for.
    func finish(knows names: String) throws(Problem) {
        guard let stranger = values.keys.sorted().first else { return }
        throw .invalid(
            stranger, "there is no such parameter",
            remedy: names.isEmpty ? "this path has none" : "parameters here: \(names)")
    }
}
#endif
