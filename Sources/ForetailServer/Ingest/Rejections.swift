#if Server
import FieldExtraction

/// The events of a body that were not taken, by line (or place in an array), from 1.
struct Rejections: Sendable {
    /// As many as are listed; the others are only counted.
    static let listed = 100

    private(set) var count = 0
    private var list: [(line: Int, reason: String)] = []

    mutating func add(line: Int, _ reason: String) {
        count += 1
        if list.count < Self.listed { list.append((line, reason)) }
    }

    /// The list as it is answered.
    var document: JSONValue {
        .array(list.map { JSONValue(members: [("line", .number($0.line)), ("reason", .string($0.reason))]) })
    }
}
#endif
