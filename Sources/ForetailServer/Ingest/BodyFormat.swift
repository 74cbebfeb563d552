#if Server
import HTTPTypes

/// How the events stand in a request's body.
enum BodyFormat: Equatable {
    /// One JSON object a line.
    case ndjson
    /// One JSON object, or an array of them.
    case json
    /// Plain lines, each `{"message": …}`.
    case text
    /// CSV with a header, each row an object.
    case csv
    /// One CloudEvent in JSON.
    case cloudEvent
    /// An array of CloudEvents in JSON.
    case cloudEvents
    /// One CloudEvent whose attributes are headers.
    case binaryCloudEvent

    /// The media types that are understood.
    static let mediaTypes = [
        "application/x-ndjson", "application/json", "text/plain", "text/csv", "application/cloudevents+json",
        "application/cloudevents-batch+json",
    ]

    /// Tells the format from the headers; without a content type it is NDJSON.
    init(_ headers: HTTPFields) throws(Problem) {
        if headers[HTTPField.Name("ce-specversion")!] != nil {
            self = .binaryCloudEvent
            return
        }
        let type = headers[.contentType] ?? "application/x-ndjson"
        let essence = type.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } } ?? ""
        switch essence {
        case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
            "application/octet-stream", "application/x-www-form-urlencoded":
            // The last is what curl says of --data-binary when it is not told.
            self = .ndjson
        case "application/json": self = .json
        case "text/plain": self = .text
        case "text/csv": self = .csv
        case "application/cloudevents+json": self = .cloudEvent
        case "application/cloudevents-batch+json": self = .cloudEvents
        default:
            throw Problem(
                .unsupportedMediaType, "media-type", "events cannot be read from '\(essence)'", field: "Content-Type",
                remedy: "use one of \(Self.mediaTypes.joined(separator: ", "))")
        }
    }

    /// Whether the body is lines, which can be taken piece by piece.
    var isLines: Bool { self == .ndjson || self == .text || self == .csv }
}
#endif
