#if Server
import FieldExtraction
import Foretail

/// Records as a batch of CloudEvents, each with one record as its `data`.
///
/// Source: CloudEvents 1.0.2, JSON event format, 4 (batch).
struct CloudEventBatch {
    /// The media type.
    static let mediaType = "application/cloudevents-batch+json"

    /// The JSON array so far, not closed.
    private(set) var body: [UInt8] = [UInt8(ascii: "[")]
    /// The events in it.
    private(set) var count = 0
    private let source: [UInt8]
    private var scanner: JSONScanner
    private var row: [FieldSlot]

    /// The members of a record that are attributes of its event, in the order of ``Place``.
    private static let plan = FieldPlan(
        ["position", "key", "time", "id", "prediction", "from", "to", "state"].map { FieldPath($0) })

    private enum Place: Int {
        case position, key, time, id, prediction, from, to, state
    }

    /// Begins an empty batch of a tail request's records.
    init(of request: TailRequestID) {
        source = Array(#"{"specversion":"1.0","source":"/v1/tail-requests/\#(request)","type":"foretail."#.utf8)
        // Records are what this program wrote: as deep and as long as it wrote them.
        scanner = JSONScanner(plan: Self.plan, limits: ScanLimits(depth: 1_024, fields: .max, line: .max))
        row = Array(repeating: .missing, count: Self.plan.count)
    }

    /// The bytes that the batch has once it is closed.
    var bytes: Int { body.count + 1 }

    /// Appends a record, with or without the newline at its end, unless the batch would get too large. The first one always fits.
    ///
    /// - Returns: Whether it is in.
    mutating func append(_ record: ArraySlice<UInt8>, kind: FeedEntry.Kind, limit: Int = .max) -> Bool {
        let before = body.count
        append(record, kind)
        guard count > 1, bytes > limit else { return true }
        body.removeLast(body.count - before)
        count -= 1
        return false
    }

    private mutating func append(_ record: ArraySlice<UInt8>, _ kind: FeedEntry.Kind) {
        let record = record.last == 0x0A ? record.dropLast() : record
        if count > 0 { body.append(UInt8(ascii: ",")) }
        count += 1
        body += source
        body += "\(kind)".utf8
        record.withUnsafeBufferPointer { bytes in
            row.withUnsafeMutableBufferPointer { row in _ = scanner.scan(bytes, into: row.baseAddress!) }
            appendID(kind)
            // The time of a prediction is one that is still to come.
            if kind != .prediction { appendMember("time", .time) }
            appendMember("subject", .key)
        }
        body += #","datacontenttype":"application/json","data":"#.utf8
        body += record
        body.append(UInt8(ascii: "}"))
    }

    /// Closes the array and hands it over; the batch is empty then.
    mutating func finish() -> [UInt8] {
        body.append(UInt8(ascii: "]"))
        defer {
            body = [UInt8(ascii: "[")]
            count = 0
        }
        return body
    }

    /// Ids are unique within a tail request: a position names an event, a number a prediction.
    private mutating func appendID(_ kind: FeedEntry.Kind) {
        func text(_ place: Place) -> String { JSONString.string(row[place.rawValue]) }
        let id =
            switch kind {
            case .event, .dropped: text(.position)
            case .gap: "gap-\(text(.from))-\(text(.to))"
            case .prediction: text(.id)
            case .outcome: "outcome-\(text(.prediction))"
            case .watch: "\(text(.id))-\(text(.state))-\(text(.position))"
            }
        body += #"","id":"#.utf8
        JSONString.append(id, to: &body)
    }

    private mutating func appendMember(_ name: String, _ place: Place) {
        let slot = row[place.rawValue]
        // An empty subject is none. Source: CloudEvents 1.0.2, 3.1: attributes are not empty.
        guard slot.kind == .string, slot.length > 0 else { return }
        body += ",\"\(name)\":".utf8
        JSONString.append(JSONString.string(slot), to: &body)
    }
}
#endif
