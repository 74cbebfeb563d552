#if Server && NATS
import DequeModule
import FieldExtraction
import Foretail
import ForetailNATS

/// A tail request's output on its way into batches: what was read and not yet cut.
///
/// What is cut between two places is the same whenever it is cut: the output does not change. So is the id of its message, which is
/// a hash of it; an id never names two contents, also where retention took some of them between two attempts.
struct WebhookOutput {
    private struct Record {
        var bytes: [UInt8]
        var place: OutputCursor
        /// The first sequence that the output has forgotten, of a record that tells of that; 0 of others.
        var missingFrom: UInt64 = 0

        var isGap: Bool { missingFrom > 0 }
    }

    /// A batch that was cut.
    struct Cut {
        var batch: WebhookMark.Batch
        var body: [UInt8]
    }

    private let request: TailRequestID
    private let destination: WebhookDestination
    private let salt: [UInt8]
    private var pending: Deque<Record> = []
    private var events: CloudEventBatch

    init(_ request: TailRequestID, _ destination: WebhookDestination, salt: [UInt8]) {
        self.request = request
        self.destination = destination
        self.salt = salt
        events = CloudEventBatch(of: request)
    }

    /// Whether nothing waits to be cut.
    var isEmpty: Bool { pending.isEmpty }

    /// The place of the last record that was read.
    var end: OutputCursor? { pending.last?.place }

    /// Where reading begins behind a place; nil: with the first message there is.
    static func start(behind cursor: OutputCursor?) -> UInt64? {
        cursor.map { max(1, $0.seen == OutputCursor.wholeMessage ? $0.sequence + 1 : $0.sequence) }
    }

    /// Takes what was read behind a place.
    mutating func take(_ batch: MessageBatch, behind cursor: OutputCursor?) {
        for gap in batch.gaps {
            pending.append(
                Record(
                    bytes: Self.record(of: request, from: gap.from, through: gap.through),
                    place: OutputCursor(sequence: gap.through, seen: OutputCursor.wholeMessage),
                    missingFrom: max(1, gap.from)))
        }
        for message in batch.messages {
            let bytes = batch.bytes[message.payload]
            // The first line says how far the subject is written; receivers do not see it.
            guard var start = bytes.firstIndex(of: 0x0A).map({ $0 + 1 }) else { continue }
            var seen = 0
            let skip = cursor?.sequence == message.sequence ? cursor?.seen ?? 0 : 0
            while start < bytes.endIndex {
                let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
                seen += 1
                if seen > skip {
                    let isLast = end == bytes.endIndex
                    pending.append(
                        Record(
                            bytes: Array(bytes[start..<end]),
                            place: OutputCursor(
                                sequence: message.sequence, seen: isLast ? OutputCursor.wholeMessage : seen)))
                }
                start = end
            }
        }
    }

    /// Cuts the next batch; nil: nothing waits.
    mutating func cut(now: Timestamp) -> Cut? {
        guard let first = pending.first else { return nil }
        if first.isGap {
            pending.removeFirst()
            return gap(
                first.bytes, through: first.place, from: OutputCursor(sequence: first.missingFrom, seen: 0),
                started: now)
        }
        var last = first.place
        while let record = pending.first, !record.isGap, events.count < destination.batchRecords,
            events.append(record.bytes[...], kind: .event, limit: destination.batchBytes)
        {
            pending.removeFirst()
            last = record.place
        }
        return finish(first.place, last, started: now)
    }

    /// What became of a batch that another owner cut.
    enum Again {
        /// It is the same.
        case same(Cut)
        /// More has to be read.
        case incomplete
        /// The output has forgotten some of it: what is left is cut anew.
        case changed
    }

    /// Cuts a batch that was cut before.
    mutating func cut(again kept: WebhookMark.Batch) -> Again {
        while let record = pending.first, record.isGap, record.place < kept.first, !kept.isGap {
            // What lies before was taken before it was forgotten, or was no record of this request.
            pending.removeFirst()
        }
        if kept.isGap {
            // How far it goes was told already; it may go further by now.
            let record = Self.record(of: request, from: kept.first.sequence, through: kept.last.sequence)
            while let first = pending.first, first.isGap, first.place <= kept.last { pending.removeFirst() }
            return .same(gap(record, through: kept.last, from: kept.first, started: kept.started))
        }
        guard let end = pending.last?.place, end >= kept.last else { return .incomplete }
        var count = 0
        while count < pending.count, pending[count].place <= kept.last, !pending[count].isGap {
            _ = events.append(pending[count].bytes[...], kind: .event)
            count += 1
        }
        guard count > 0, count == kept.records else {
            _ = events.finish()
            return .changed
        }
        let cut = finish(pending[0].place, pending[count - 1].place, started: kept.started)
        guard cut.batch.message == kept.message else { return .changed }
        pending.removeFirst(count)
        return .same(cut)
    }

    private mutating func gap(
        _ record: [UInt8], through last: OutputCursor, from first: OutputCursor, started: Timestamp
    ) -> Cut {
        _ = events.append(record[...], kind: .gap)
        var cut = finish(first, last, started: started)
        cut.batch.isGap = true
        return cut
    }

    private mutating func finish(_ first: OutputCursor, _ last: OutputCursor, started: Timestamp) -> Cut {
        let count = events.count
        let body = events.finish()
        let message = WebhookSignature.id(
            salt: salt, first: Position(sequence: first.sequence), last: Position(sequence: last.sequence),
            records: count, body: body)
        return Cut(
            batch: WebhookMark.Batch(message: message, first: first, last: last, records: count, started: started),
            body: body)
    }

    /// The record of what the output has forgotten; how much, and which positions, it cannot say: it has those of all requests.
    static func record(of request: TailRequestID, from: UInt64, through: UInt64) -> [UInt8] {
        Array(
            #"{"kind":"gap","request":"\#(request)","from":"o-\#(from)-0","to":"o-\#(through)-0","count":null,"reason":"retention"}"#
                .utf8)
    }
}

extension OutputCursor: Comparable {
    /// Orders by place.
    static func < (left: OutputCursor, right: OutputCursor) -> Bool {
        (left.sequence, left.seen) < (right.sequence, right.seen)
    }
}
#endif
