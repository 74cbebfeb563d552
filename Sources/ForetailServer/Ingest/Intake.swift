#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// The events of one body on their way to the log: framed, checked, handed to the stream's shard.
///
/// It runs ahead of the disk by ``ServerLimits/bodyQueuedBytes`` at most: a body of any size takes as much memory, and leaves
/// room for others in the log's queue.
struct Intake {
    /// What was no event.
    private(set) var rejections = Rejections()
    private let host: StreamHost
    private let limits: ServerLimits
    private let scanLimits: ScanLimits
    private var framer: LineFramer
    private var checker: EventChecker
    private var carry: [UInt8] = []
    private let ledger = BodyLedger()
    /// The token that counts them; nil: nobody does.
    private let use: TokenUse?

    /// How often a full queue is asked again, and how long it is waited for between, in milliseconds: some ten seconds.
    private static let attempts = 2_000
    private static let attemptMilliseconds = 5

    init(host: StreamHost, configuration: ServerConfiguration, format: BodyFormat, use: TokenUse? = nil) {
        self.host = host
        self.use = use
        limits = configuration.limits
        scanLimits = configuration.manager.limits.scan
        var descriptor = StreamDescriptor(name: host.name)
        descriptor.input =
            switch format {
            case .text: .text
            case .csv: .csv
            default: .ndjson
            }
        // Templates are the stream's, not the body's.
        descriptor.lineReader = host.lineReader
        framer = LineFramer(descriptor, limits: scanLimits)
        checker = EventChecker(
            limits: scanLimits, isCloudEvent: [.cloudEvent, .cloudEvents, .binaryCloudEvent].contains(format))
    }

    /// Takes the next lines of a body; the beginning of a line is kept for the next call.
    mutating func take(lines block: [UInt8], isEnd: Bool) async throws(Problem) {
        var batch = EventBatch(stream: host.name)
        batch.bytes = carry.isEmpty ? block : carry + block
        let filled = batch.bytes.count
        let consumed: Int
        do throws(ForetailError) {
            consumed = try framer.frame(filled: filled, isEnd: isEnd, batch: &batch)
        } catch {
            throw .invalid("body", error.message)
        }
        carry = consumed < filled ? Array(batch.bytes[consumed..<filled]) : []
        checker.check(&batch, rejections: &rejections)
        try use?.takeEvents(batch.count, bytes: consumed)
        try await hand(batch)
    }

    /// Takes a body that is one JSON text: all of its events, or none.
    mutating func take(whole body: [UInt8]) async throws(Problem) {
        var batch = EventBatch(stream: host.name)
        try WholeBody.frame(
            body, into: &batch, rejections: &rejections, limits: scanLimits, events: limits.bodyEvents)
        checker.check(&batch, rejections: &rejections)
        try use?.takeEvents(batch.count, bytes: body.count)
        try await hand(batch)
    }

    /// Waits until everything taken is durable, or is known not to be.
    func settle() async -> BodyLedger.Account { await ledger.wait() }

    /// Hands events over when there is room for them. A queue that is full holds its producers back.
    private func hand(_ batch: EventBatch) async throws(Problem) {
        guard !batch.frames.isEmpty else { return }
        let job = AppendJob(host: host, batch: batch, body: ledger)
        let account = await ledger.wait(until: limits.bodyQueuedBytes - job.cost)
        // What is behind a part that failed is not sent in vain.
        if let failure = account.failure { throw Problem(failure, host) }
        for _ in 1..<Self.attempts {
            guard offer(job) != nil else { return }
            do {
                try await Task.sleep(for: .milliseconds(Self.attemptMilliseconds))
            } catch {
                throw .shuttingDown
            }
        }
        if let problem = offer(job) { throw problem }
    }

    /// Hands events over, if there is room.
    ///
    /// - Returns: Why there is none.
    private func offer(_ job: AppendJob) -> Problem? {
        guard host.reserve(job.cost, limit: limits.queuedBytes) else {
            return .busy(stream: host.name, limit: "limits.queuedBytes", limits.queuedBytes)
        }
        ledger.begin(job.cost)
        guard host.shard.append(job) else {
            ledger.withdraw(job.cost)
            host.release(job.cost)
            return .busy(stream: host.name, limit: "limits.inboxBytes", limits.inboxBytes)
        }
        return nil
    }
}
#endif
