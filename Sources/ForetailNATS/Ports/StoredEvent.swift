#if NATS
import Foretail

/// How an event lies in a message: its JSON text; where the producer's record is another one (a CSV row, a plain line), that follows,
/// and the header `Foretail-Frame` says `LENGTH` of the first, and `,LINE` where there is a line number.
///
/// A message with `epoch` in that header is no event: it marks where a writer began.
enum StoredEvent {
    static let header = "Foretail-Frame"
    static let mark = "epoch"

    /// Adds an event to what is published.
    static func append(
        _ frame: EventBatch.Frame, of batch: borrowing EventBatch, to messages: inout PublishBatch, subject: String,
        id: MessageID, expecting expectation: PublishExpectation, after previous: MessageID
    ) {
        let body = batch.bytes[frame.body]
        guard frame.raw != frame.body || frame.line > 0 else {
            return messages.append(
                subject: subject, payload: body, [], id: id, headers: [], expecting: expectation, after: previous)
        }
        let value = frame.line > 0 ? "\(frame.body.count),\(frame.line)" : "\(frame.body.count)"
        let raw = frame.raw == frame.body ? [] : batch.bytes[frame.raw]
        messages.append(
            subject: subject, payload: body, raw, id: id, headers: [(header, value)], expecting: expectation,
            after: previous)
    }

    /// Puts a message's event behind those of a batch; false: the message is none.
    static func append(
        _ message: MessageBatch.Message, of messages: borrowing MessageBatch, at position: Position,
        to batch: inout EventBatch
    ) -> Bool {
        let start = batch.bytes.count
        var length = message.payload.count
        var line = 0
        if !message.header.isEmpty {
            let value = messages.bytes[message.header]
            if value.elementsEqual(mark.utf8) { return false }
            let parts = value.split(separator: UInt8(ascii: ","))
            if let first = parts.first, let number = Int(String(decoding: first, as: UTF8.self)) {
                length = min(max(0, number), message.payload.count)
            }
            if parts.count > 1 { line = Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 }
        }
        batch.bytes.append(contentsOf: messages.bytes[message.payload])
        let body = start..<start + length
        let raw = length < message.payload.count ? start + length..<batch.bytes.count : body
        var frame = EventBatch.Frame(body: body, raw: raw, line: line)
        frame.position = position
        batch.frames.append(frame)
        return true
    }
}
#endif
