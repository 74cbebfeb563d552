#if Server
import DequeModule
import FieldExtraction
import Foretail
import ForetailSQLite

/// A tail request's records on their way into batches: what was read and not yet cut.
struct WebhookReading {
    private struct Pending {
        var bytes: [UInt8]
        var kind: FeedEntry.Kind
        var position: Position
        /// Where the delivery goes on behind the record.
        var cursor: Position
        /// Whether it came from memory, and may not be on the disk yet.
        var isLive: Bool
    }

    /// A batch that was cut.
    struct Cut {
        var batch: StoredBatch
        /// The last position in it that may not be on the disk yet.
        var live: Position?
    }

    private let request: TailRequestID
    private let destination: WebhookDestination
    private let salt: [UInt8]
    private var pending: Deque<Pending> = []
    private var events: CloudEventBatch

    init(_ request: TailRequestID, _ destination: WebhookDestination, salt: [UInt8]) {
        self.request = request
        self.destination = destination
        self.salt = salt
        events = CloudEventBatch(of: request)
    }

    /// Whether nothing waits to be cut.
    var isEmpty: Bool { pending.isEmpty }

    /// Takes what a subscription gave.
    mutating func take(_ chunks: [Feed.Chunk], from subscription: Subscription) {
        for chunk in chunks {
            var start = 0
            for entry in chunk.entries {
                defer { start = entry.end }
                guard subscription.isNew(entry, in: chunk), isWanted(entry.kind) else { continue }
                pending.append(
                    Pending(
                        bytes: Array(chunk.bytes[start..<entry.end]), kind: entry.kind, position: entry.position,
                        cursor: subscription.cursor ?? .none, isLive: chunk.number >= 0))
            }
        }
    }

    private func isWanted(_ kind: FeedEntry.Kind) -> Bool {
        switch kind {
        case .event, .gap: true
        case .watch: destination.deliver.contains(.watches)
        case .prediction, .outcome, .dropped: false
        }
    }

    /// Cuts the next batch; nil: nothing waits.
    mutating func cut(now: Timestamp) -> Cut? {
        guard let first = pending.first else { return nil }
        var last = first
        var live: Position?
        while let record = pending.first, events.count < destination.batchRecords,
            events.append(record.bytes[...], kind: record.kind, limit: destination.batchBytes)
        {
            pending.removeFirst()
            last = record
            if record.isLive { live = max(live ?? record.position, record.position) }
        }
        let count = events.count
        let body = events.finish()
        let message = WebhookSignature.id(
            salt: salt, first: first.position, last: last.position, records: count, body: body)
        return Cut(
            batch: StoredBatch(
                message: message, first: first.position, last: last.position, cursor: last.cursor, records: count,
                started: now, body: body), live: live)
    }
}
#endif
