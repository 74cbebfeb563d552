#if Server
import FieldExtraction
import Foretail

/// What a log knows without its file.
struct StreamLogState: Sendable {
    /// Why nothing is taken, and what must hold before it is tried again.
    struct Failure: Sendable {
        /// What went wrong.
        var cause: LogFailure
        /// Bytes that must be free on the disk.
        var room: Int
    }

    /// The most ranges that ``LogBounds/lostRanges`` names.
    static let lostRangeLimit = 64

    var settings: LogSettings
    var epochs = EpochTable(entries: [])
    /// The sequence that the next event gets, in the current epoch.
    var next: UInt64 = 1
    /// The ordinals of the first event kept and of the last that is durable.
    var first: Int64 = 1
    var durable: Int64 = 0
    /// Bytes of the blocks stored, and of all blocks before the next one.
    var bytes: Int64 = 0
    var offset: Int64 = 0
    /// When the oldest event came in, microseconds.
    var oldest: Int64?
    /// What waits to be written, without what is being written.
    var queue: [Submission] = []
    /// Bytes not durable yet, those being written included.
    var queuedBytes = 0
    /// Whether the log stands in the writer's line or has its turn.
    var isScheduled = false
    var isClosed = false
    /// Whether the file may hold room that coming blocks will not take soon: not since it was looked for and nothing was
    /// forgotten.
    var mayGiveBack = true
    var failure: Failure?
    /// The ordinals of damaged places met.
    var damaged: Set<Int64> = []
    var lost: [Actions.Gap] = []
    /// What was lost and the submitting thread was not told yet.
    private var untold: [Actions.Gap] = []
    var onLoss: (@Sendable (Actions.Gap) -> Void)?

    init(_ contents: LogStore.Contents, settings: LogSettings) {
        self.settings = settings
        replace(with: contents)
    }

    /// Takes over what the file holds when it was opened, or opened anew.
    mutating func replace(with contents: LogStore.Contents) {
        epochs = contents.epochs
        first = contents.first
        durable = contents.last
        bytes = contents.bytes
        offset = contents.offset
        oldest = contents.oldest
        next = UInt64(contents.last - contents.epochs.current.base) + 1
    }

    /// Gives positions and queues.
    ///
    /// - Returns: Whether the log has to be put into the writer's line.
    mutating func enqueue(
        _ batch: inout EventBatch, now: Timestamp, stream: String, epoch wanted: UInt32?,
        mark: [UInt8]? = nil, completion: @escaping @Sendable (Result<Position, LogFailure>) -> Void
    ) throws(LogFailure) -> Bool {
        guard !isClosed else { throw LogFailure(kind: .closed, message: "the log of stream '\(stream)' is closed") }
        if let failure { throw failure.cause }
        let epoch = epochs.current.epoch
        guard wanted ?? epoch == epoch else {
            throw LogFailure(
                kind: .unavailable,
                message: "the log of stream '\(stream)' lost what came before and began epoch \(epoch)")
        }
        let cost = batch.memoryBytes + (mark?.count ?? 0)
        guard queuedBytes == 0 || queuedBytes + cost <= settings.queuedBytes else {
            throw LogFailure(
                kind: .busy,
                message: """
                    the log of stream '\(stream)' has \(queuedBytes) of at most \(settings.queuedBytes) bytes to write; \
                    try again in a moment
                    """)
        }
        for index in batch.frames.indices {
            batch.frames[index].position = Position(epoch: epoch, sequence: next)
            next += 1
        }
        queuedBytes += cost
        queue.append(
            Submission(
                bytes: batch.bytes, frames: batch.frames, ingested: now.microseconds,
                last: batch.frames.last?.position ?? Position(epoch: epoch, sequence: next - 1), mark: mark,
                cost: cost,
                completion: completion))
        defer { isScheduled = true }
        return !isScheduled
    }

    /// Notes what was lost for good.
    mutating func lose(_ gap: Actions.Gap) {
        lost = (lost + [gap]).suffix(Self.lostRangeLimit)
        untold = (untold + [gap]).suffix(Self.lostRangeLimit)
    }

    /// What the submitting thread was not told yet.
    mutating func takeLosses() -> [Actions.Gap] {
        guard !untold.isEmpty else { return [] }
        defer { untold = [] }
        return untold
    }

    var bounds: LogBounds {
        LogBounds(
            first: durable >= first ? epochs.position(of: first) : nil,
            lastDurable: durable > 0 ? epochs.position(of: durable) : nil,
            next: Position(epoch: epochs.current.epoch, sequence: next),
            count: Int(durable - first + 1), bytes: Int(bytes),
            oldest: durable >= first ? oldest.map { Timestamp(microseconds: $0) } : nil,
            queuedBytes: queuedBytes, damagedBlocks: damaged.count, lostRanges: lost, failure: failure?.cause)
    }
}
#endif
