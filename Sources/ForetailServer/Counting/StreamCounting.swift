#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Logging
import Synchronization

/// Writes the counts of one stream's events to another, each window once.
///
/// It reads what is durable of the counted stream, and hands over whole windows together with the counter's state and the
/// position that it rests on: the log keeps both or neither. After a restart, and after whatever went wrong, it goes on from
/// there.
final class StreamCounting: Sendable {
    /// The stream that is counted.
    let source: StreamHost
    /// The stream of counts.
    let target: StreamHost
    private let definition: CountDefinition
    private let configuration: ServerConfiguration
    private let pool: BlockingPool
    private let logger: Logger
    private let state = Mutex(CountingStatus())
    private let clock = ServerClock()

    /// Bytes of counts that are handed over together, about.
    private static let handBytes = 1 << 20
    /// Events after which the state is kept although no window closed: a restart counts no more than those again.
    private static let keptEvents = 65_536
    /// Milliseconds between two looks for events.
    private static let pauseMilliseconds = 100
    /// Microseconds after a start in which the clock closes no windows: what could not be sent meanwhile is on its way.
    static let startGraceMicroseconds: Int64 = 10_000_000

    init(
        source: StreamHost, target: StreamHost, definition: CountDefinition, configuration: ServerConfiguration,
        pool: BlockingPool, logger: Logger
    ) {
        self.source = source
        self.target = target
        self.definition = definition
        self.configuration = configuration
        self.pool = pool
        self.logger = logger
    }

    /// How far it is, and what became of the events.
    var status: CountingStatus { state.withLock { $0 } }

    /// Counts until it is cancelled or one of the streams goes.
    func run() async {
        var wait = 100
        while !Task.isCancelled, !target.isRemoved, !source.isRemoved {
            do throws(Problem) {
                try await count()
                return
            } catch {
                if Task.isCancelled || target.isRemoved || source.isRemoved { return }
                let isNews = state.withLock { state in
                    defer { state.problem = error.detail }
                    return state.problem != error.detail
                }
                if isNews {
                    logger.error(
                        "counting waits",
                        metadata: ["stream": .string(target.name), "reason": .string(error.detail)])
                }
                try? await Task.sleep(for: .milliseconds(wait))
                wait = min(wait * 2, 5_000)
            }
        }
    }

    private func count() async throws(Problem) {
        let target = target
        let run = CountingRun(
            try definition.counter(of: source, limits: configuration.manager.limits), to: target.name)
        try run.restore(try await pool.disk(target) { () throws(LogFailure) in try target.log().mark() })
        note(run)
        let mayTickFrom = clock.monotonic + Self.startGraceMicroseconds
        while !Task.isCancelled, !target.isRemoved, !source.isRemoved {
            // What came in and is not durable yet may belong to a window that the clock would close.
            let isQuiet = source.queuedBytes == 0 && clock.monotonic >= mayTickFrom
            try await step(run, isQuiet: isQuiet)
            if !run.counts.frames.isEmpty || run.unkept >= Self.keptEvents {
                try await hand(run.counts, mark: run.mark)
                run.handed()
            }
            note(run)
            if run.isCurrent { try? await Task.sleep(for: .milliseconds(Self.pauseMilliseconds)) }
        }
    }

    private func note(_ run: CountingRun) {
        state.withLock { state in
            state.counts = run.counter.status
            state.position = run.position
            state.missing = run.missing
            state.problem = nil
        }
    }

    private func step(_ run: CountingRun, isQuiet: Bool) async throws(Problem) {
        let source = source
        let stop = try await pool.disk(source) { [clock] () throws(LogFailure) in
            try run.advance(source, isQuiet: isQuiet, now: clock.now(), bytes: Self.handBytes)
        }
        if let stop { throw Problem(stop, field: "count") }
    }

    /// Hands counts over, and waits until they are durable.
    private func hand(_ counts: EventBatch, mark: [UInt8]) async throws(Problem) {
        let ledger = BodyLedger()
        let job = AppendJob(host: target, batch: counts, body: ledger, mark: mark)
        while !offer(job, ledger) {
            do { try await Task.sleep(for: .milliseconds(5)) } catch { throw .shuttingDown }
            if target.isRemoved { throw .removed(target.name) }
        }
        let account = await ledger.wait()
        if let failure = account.failure { throw Problem(failure, target) }
    }

    private func offer(_ job: AppendJob, _ ledger: BodyLedger) -> Bool {
        guard target.reserve(job.cost, limit: configuration.limits.queuedBytes) else { return false }
        ledger.begin(job.cost)
        guard target.shard.append(job) else {
            ledger.withdraw(job.cost)
            target.release(job.cost)
            return false
        }
        return true
    }
}

/// How far counting is, and what became of the events.
struct CountingStatus: Sendable {
    var counts = CountStatus()
    /// The last event of the counted stream that was looked at.
    var position: Position?
    /// Events that the counted stream's log did not hold any more.
    var missing = 0
    /// Why counting waits.
    var problem: String?

    /// The status as it is shown.
    var document: JSONValue {
        JSONValue(members: [
            ("position", position.map { .string($0.description) }), ("events", .number(counts.events)),
            ("counted", .number(counts.counted)), ("late", .number(counts.late)), ("lost", .number(counts.lost)),
            ("missing", .number(missing)), ("withoutTime", .number(counts.withoutTime)),
            ("farFuture", .number(counts.farFuture)), ("withoutKey", .number(counts.withoutKey)),
            ("keys", .number(counts.keys)), ("silences", .number(counts.silences)),
            ("skippedWindows", .number(counts.skippedWindows)), ("closedEarly", .number(counts.closedEarly)),
            ("filterProblems", .array(counts.filterProblems.map(JSONValue.string))),
            ("problem", problem.map(JSONValue.string)),
        ])
    }
}
#endif
