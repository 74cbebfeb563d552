#if Server && NATS
import FieldExtraction
import Foretail

/// How far a webhook is, as the bucket keeps it: the next owner goes on from here.
struct WebhookMark: Hashable, Sendable {
    /// A batch that was cut and is not yet taken. Its bytes are not kept: the output between its bounds never changes.
    struct Batch: Hashable, Sendable {
        /// Its message id.
        var message: String
        /// The place of its first record; of a gap: behind what it begins.
        var first: OutputCursor
        /// The place of its last record; of a gap: its end.
        var last: OutputCursor
        var records: Int
        /// Whether it tells of a gap.
        var isGap = false
        /// When it was cut; from then on the time counts for which it is tried.
        var started: Timestamp
    }

    /// The epoch of the owner that wrote it.
    var epoch: UInt32
    /// The node of that owner.
    var node: String
    /// Everything up to here was taken, or is a dead letter; nil: nothing yet.
    var cursor: OutputCursor?
    /// The batch on its way.
    var batch: Batch?
    /// Why nothing is sent any more; nil: it is.
    var stopped: String?
    /// The number of the destination that wanted no more: another one lets the webhook go on.
    var stoppedAt = 0

    init(epoch: UInt32, node: String) {
        self.epoch = epoch
        self.node = node
    }

    /// Reads a document of the bucket; nil for what is none.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let node = value["node"]?.string,
            let epoch = value["epoch"]?.wholeNumber.flatMap(UInt32.init(exactly:))
        else { return nil }
        self.init(epoch: epoch, node: node)
        cursor = value["cursor"]?.string.flatMap { OutputCursor($0) }
        stopped = value["stopped"]?.string
        stoppedAt = value["stoppedAt"]?.wholeNumber ?? 0
        guard let batch = value["batch"] else { return }
        guard let message = batch["message"]?.string, let records = batch["records"]?.wholeNumber,
            let first = batch["first"]?.string.flatMap({ OutputCursor($0) }),
            let last = batch["last"]?.string.flatMap({ OutputCursor($0) }),
            let started = batch["started"]?.wholeNumber
        else { return nil }
        self.batch = Batch(
            message: message, first: first, last: last, records: records, isGap: batch["gap"] == .bool(true),
            started: Timestamp(microseconds: Int64(started)))
    }

    /// As the bucket keeps it.
    var bytes: [UInt8] {
        JSONValue(members: [
            ("epoch", .number(Int(epoch))), ("node", .string(node)),
            ("cursor", cursor.map { .string($0.description) }),
            (
                "batch",
                batch.map { batch in
                    JSONValue(members: [
                        ("message", .string(batch.message)), ("first", .string(batch.first.description)),
                        ("last", .string(batch.last.description)), ("records", .number(batch.records)),
                        ("gap", batch.isGap ? .bool(true) : nil),
                        ("started", .integer(batch.started.microseconds)),
                    ])
                }
            ),
            ("stopped", stopped.map(JSONValue.string)),
            ("stoppedAt", stopped.map { _ in .number(stoppedAt) }),
        ]).bytes
    }
}
#endif
