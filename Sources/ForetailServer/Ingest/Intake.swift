#if Server
import Foretail
import ForetailSQLite

/// The events of one body on their way to the log: framed, checked, handed to the stream's shard.
///
/// It runs ahead of the disk by ``ServerLimits/bodyQueuedBytes`` at most: a body of any size takes as much memory, and leaves
/// room for others in the log's queue.
struct Intake: BodyTaker {
    /// What was no event.
    var rejections: Rejections { framer.rejections }
    private let host: StreamHost
    private let limits: ServerLimits
    private var framer: BodyFramer
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
        var descriptor = StreamDescriptor(name: host.name)
        // Templates are the stream's, not the body's.
        descriptor.lineReader = host.lineReader
        framer = BodyFramer(
            descriptor, format: format, limits: configuration.manager.limits.scan, events: limits.bodyEvents)
    }

    mutating func take(lines block: [UInt8], isEnd: Bool) async throws(Problem) {
        let (batch, bytes) = try framer.frame(lines: block, isEnd: isEnd)
        try use?.takeEvents(batch.count, bytes: bytes)
        try await hand(batch)
    }

    /// Takes a body that is one JSON text: all of its events, or none.
    mutating func take(whole body: [UInt8]) async throws(Problem) {
        let (batch, bytes) = try framer.frame(whole: body)
        try use?.takeEvents(batch.count, bytes: bytes)
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
