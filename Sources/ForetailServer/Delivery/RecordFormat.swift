#if Server
import FieldExtraction
import Foretail
import NIOCore

/// How records stand in a response: server-sent events, or one JSON object a line.
///
/// Source: HTML Living Standard, 9.2 Server-sent events.
enum RecordFormat: Sendable {
    case serverSentEvents
    case ndjson

    /// The media type.
    var mediaType: String {
        switch self {
        case .serverSentEvents: "text/event-stream"
        case .ndjson: "application/x-ndjson"
        }
    }

    /// Appends a record, whose bytes end with a newline.
    ///
    /// An event's `id:` is its position, so that a browser resumes behind it; so is a gap's, whose records are delivered with
    /// it. Other records carry none.
    ///
    /// - Parameter cursor: The reading's cursor behind the record: the event's position, unless earlier ones wait for rows.
    func append(
        _ record: ArraySlice<UInt8>, _ entry: FeedEntry, cursor: Position?, to output: inout ByteBuffer
    ) {
        guard self == .serverSentEvents else {
            output.writeBytes(record)
            return
        }
        switch entry.kind {
        case .event: output.writeString(cursor.map { "id: \($0)\ndata: " } ?? "data: ")
        case .gap: output.writeString("event: gap\n" + (cursor.map { "id: \($0)\n" } ?? "") + "data: ")
        case .dropped: return
        case .prediction: output.writeString("event: prediction\ndata: ")
        case .watch: output.writeString("event: watch\ndata: ")
        case .outcome: output.writeString("event: outcome\ndata: ")
        }
        output.writeBytes(record)
        output.writeString("\n")
    }

    /// What a stream of records begins with.
    func appendPrelude(to output: inout ByteBuffer) {
        // Bytes at once, so that proxies and readers see that the stream stands.
        if self == .serverSentEvents { output.writeString("retry: 1000\n\n") }
    }

    /// What keeps a silent stream alive, and lets its reader resume behind events that do not match.
    ///
    /// An `id:` without `data:` is no message: it sets what the reader resumes with, and nothing else.
    func appendHeartbeat(cursor: Position?, to output: inout ByteBuffer) {
        switch self {
        case .serverSentEvents:
            output.writeString(": heartbeat\n" + (cursor.map { "id: \($0)\n" } ?? "") + "\n")
        case .ndjson: output.writeString(Self.record("heartbeat", cursor: cursor, reason: nil))
        }
    }

    /// What a stream ends with when the server ends it: where to go on.
    func appendEnd(cursor: Position?, reason: String, to output: inout ByteBuffer) {
        let record = Self.record("end", cursor: cursor, reason: reason)
        switch self {
        case .serverSentEvents: output.writeString("event: end\ndata: \(record)\n")
        case .ndjson: output.writeString(record)
        }
    }

    private static func record(_ kind: String, cursor: Position?, reason: String?) -> String {
        let cursor = cursor.map { #","cursor":"\#($0)""# } ?? ""
        let reason = reason.map { #","reason":"\#($0)""# } ?? ""
        return #"{"kind":"\#(kind)"\#(cursor)\#(reason)}"# + "\n"
    }
}
#endif
