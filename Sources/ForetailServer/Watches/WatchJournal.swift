#if Server
import Foretail
import ForetailSQLite
import Logging
import Synchronization

/// Keeps what is told of watches before it is told: what a reader was told of ends once, whatever happens to the server.
///
/// Records are numbered as they come and written in groups, one disk write each, on a thread of its own. Whoever handed them
/// over is told up to which number they are kept, and only then tells readers. What cannot be written is tried again.
final class WatchJournal: Sendable {
    /// Takes the number up to which records are kept. Called on the journal's thread; it must not block.
    typealias Receiver = @Sendable (Int64) -> Void

    private struct State {
        var next: Int64
        var waiting: [WatchChange] = []
        /// Who is told of what waits, each once.
        var receivers: [Int: Receiver] = [:]
        /// Records that wait or are being written.
        var records = 0
        var isWriting = false
        var isClosed = false
        var problem: String?
        /// Those who wait until nothing is waiting.
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    /// Records that may wait for the disk; beyond it producers of watched streams are held back.
    let waitingLimit: Int
    /// Records that are kept of a tail request.
    let recordLimit: Int
    private let keep: @Sendable ([WatchChange], _ limit: Int) throws(CatalogueFailure) -> Void
    private let pool = BlockingPool(threads: 1)
    private let logger: Logger
    private let state: Mutex<State>

    /// Milliseconds between two attempts to write.
    private static let retryMilliseconds = 200

    /// Creates a journal behind a number.
    ///
    /// - Parameter keep: Writes changes, all or none, and leaves so many records of each request. It waits for the disk.
    init(
        after number: Int64, limits: ServerLimits, logger: Logger,
        keep: @escaping @Sendable ([WatchChange], _ limit: Int) throws(CatalogueFailure) -> Void
    ) {
        self.keep = keep
        self.logger = logger
        waitingLimit = limits.waitingWatches
        recordLimit = limits.watchRecords
        state = Mutex(State(next: number + 1))
    }

    /// Records that wait for the disk.
    var waitingRecords: Int { state.withLock { $0.records } }

    /// Whether further records have room.
    var hasRoom: Bool { waitingRecords < waitingLimit }

    /// Why records are not kept at the moment; nil: they are.
    var problem: String? { state.withLock { $0.problem } }

    /// Takes a record.
    ///
    /// - Returns: Its number. `receiver` is called with it or a larger one when the record is kept.
    func add(_ record: WatchRecord, bytes: [UInt8], from shard: Int, receiver: @escaping Receiver) -> Int64 {
        let (number, mustWrite) = state.withLock { state in
            let number = state.next
            state.next += 1
            state.records += 1
            state.waiting.append(
                .record(
                    StoredWatchRecord(
                        number: number, request: record.request.number, episode: record.id, bytes: bytes),
                    opens: record.state.isBeginning ? OpenWatch(beginning: record) : nil))
            state.receivers[shard] = receiver
            defer { state.isWriting = !state.isClosed }
            return (number, !state.isWriting && !state.isClosed)
        }
        if mustWrite { Task { await write() } }
        return number
    }

    /// Notes the last event that was told before a record. Nobody waits for it: it is written with what comes next.
    func noteTold(_ number: Int64, after position: Position) {
        state.withLock { $0.waiting.append(.told(number: number, position)) }
    }

    /// Notes how far a stream was watched: all that its events up to a position changed was handed over.
    func noteWatched(_ stream: String, through position: Position) {
        state.withLock { $0.waiting.append(.watched(stream: stream, position)) }
    }

    /// Writes what waits, and waits until that is done or the journal is closed.
    func flush() async {
        await withCheckedContinuation { continuation in
            let (isDone, mustWrite) = state.withLock { state -> (Bool, Bool) in
                guard !state.isClosed, state.isWriting || !state.waiting.isEmpty else { return (true, false) }
                state.idle.append(continuation)
                defer { state.isWriting = true }
                return (false, !state.isWriting)
            }
            if isDone { continuation.resume() }
            if mustWrite { Task { await write() } }
        }
    }

    /// Writes what waits, if the disk takes it, and nothing any more.
    func close() async {
        // Where it does not, nobody was told.
        if problem == nil { await flush() }
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for continuation in idle { continuation.resume() }
    }

    private func write() async {
        while let (changes, receivers) = take() {
            let last = changes.compactMap(\.number).last
            var isKept = false
            while !isKept, !state.withLock({ $0.isClosed }) {
                isKept = await tryToKeep(changes)
                if !isKept { try? await Task.sleep(for: .milliseconds(Self.retryMilliseconds)) }
            }
            guard isKept else { return }
            state.withLock { $0.records -= changes.count { $0.number != nil } }
            if let last { for receiver in receivers { receiver(last) } }
        }
    }

    /// What is to be written next; nil: nothing.
    private func take() -> ([WatchChange], [Receiver])? {
        var idle: [CheckedContinuation<Void, Never>] = []
        let taken = state.withLock { state -> ([WatchChange], [Receiver])? in
            guard !state.waiting.isEmpty, !state.isClosed else {
                state.isWriting = false
                swap(&state.idle, &idle)
                return nil
            }
            defer {
                state.waiting = []
                state.receivers = [:]
            }
            return (state.waiting, Array(state.receivers.values))
        }
        for continuation in idle { continuation.resume() }
        return taken
    }

    private func tryToKeep(_ changes: [WatchChange]) async -> Bool {
        let (keep, limit) = (keep, recordLimit)
        do throws(CatalogueFailure) {
            try await pool.run { () throws(CatalogueFailure) in try keep(changes, limit) }
        } catch {
            let isNews = state.withLock { state in
                defer { state.problem = error.message }
                return state.problem == nil
            }
            if isNews { logger.error("watches not kept", metadata: ["reason": .string(error.message)]) }
            return false
        }
        state.withLock { $0.problem = nil }
        return true
    }
}

extension WatchChange {
    /// The number of its record.
    fileprivate var number: Int64? { if case .record(let record, _) = self { record.number } else { nil } }
}
#endif
