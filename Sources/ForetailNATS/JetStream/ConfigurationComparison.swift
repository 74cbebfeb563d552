#if NATS
import FieldExtraction

/// Compares what was asked for with what the server says it keeps.
///
/// Servers drop members they do not know without a word: a server of version 2.9 that is asked for two filter subjects makes a
/// consumer of everything. So each member that was asked for is looked for in the answer.
enum ConfigurationComparison {
    /// Members that servers may state in another form.
    private static let loose: Set<String> = ["opt_start_time"]

    /// - Throws: ``NATSFailure`` (`configuration`) naming each member, what was asked and what is.
    static func check(_ asked: JSONValue, _ kept: JSONValue?, _ what: String) throws(NATSFailure) {
        let differences = differences(asked, kept ?? .object([]))
        guard differences.isEmpty else {
            throw NATSFailure(
                .configuration,
                "\(what): the server keeps another configuration than asked for: \(differences.joined(separator: ", ")); "
                    + "use a server that knows the option, or change what is asked")
        }
    }

    static func differences(_ asked: JSONValue, _ kept: JSONValue, at path: String = "") -> [String] {
        guard case .object(let members) = asked else {
            return isSame(asked, kept) ? [] : ["\(path) (asked \(text(asked)), is \(text(kept)))"]
        }
        var differences: [String] = []
        for member in members where !loose.contains(member.key) {
            let place = path.isEmpty ? member.key : "\(path).\(member.key)"
            guard let value = kept[member.key] else {
                if !isNothing(member.value) {
                    differences.append("\(place) (asked \(text(member.value)), is not there)")
                }
                continue
            }
            differences += self.differences(member.value, value, at: place)
        }
        return differences
    }

    /// Whether a member that is not there means the same.
    private static func isNothing(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false), .integer(0), .double(0), .string(""), .array([]), .object([]): true
        default: false
        }
    }

    private static func isSame(_ asked: JSONValue, _ kept: JSONValue) -> Bool {
        if let left = asked.number, let right = kept.number { return left == right }
        return asked == kept
    }

    private static func text(_ value: JSONValue) -> String {
        var bytes: [UInt8] = []
        value.append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
#endif
