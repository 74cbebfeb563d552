#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Synchronization

/// A stream as the server holds it: its definition, its shard, its log.
final class StreamHost: Sendable {
    /// What changes in its life.
    private struct State {
        var definition: StreamDefinition
        var log: StreamLog?
        /// The last position that was processed, or the one before the first that the opened log gives.
        var head: Position?
        var lastEvent: Timestamp?
        /// Why the log is not opened any more.
        var end: String?
        var isRemoved = false
        /// Bytes of events handed over and not settled.
        var queuedBytes = 0
        var warmUp = WarmUpProgress()
        var predictingRequests = 0
    }

    /// The stream's name.
    let name: String
    /// When it was created.
    let created: Timestamp
    /// The tenant whose it is; nil: nobody's.
    let owner: String?
    /// The shard that its events go to.
    let shard: Shard
    /// Reads the plain lines that are sent to it, whichever bodies they come in; templates begin anew with the server.
    let lineReader = LogLineReader()
    private let path: String
    private let writer: LogWriter
    private let state: Mutex<State>
    /// Held while the log is opened or closed: that waits for the disk, and what ``state`` holds is asked for meanwhile.
    private let opening = Mutex(())

    init(
        name: String, definition: StreamDefinition, created: Timestamp, shard: Shard, path: String, writer: LogWriter,
        owner: String? = nil
    ) {
        self.owner = owner
        self.name = name
        self.created = created
        self.shard = shard
        self.path = path
        self.writer = writer
        state = Mutex(State(definition: definition))
        lineReader.setReference(ServerClock().now())
    }

    /// Whose work it is to process the stream, where many share a thread.
    var lane: Lane { .stream(self) }

    /// Does something with the shard's state, when everything asked before of the stream is done.
    ///
    /// - Throws: What `work` throws, or ``Problem`` when the shard has ended.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable (inout ShardState) throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        try await shard.perform(lane: lane, work)
    }

    /// Does something with the shard's state when the stream's turn comes; nobody waits for it.
    func post(_ work: @escaping @Sendable (inout ShardState) -> Void) { shard.post(lane: lane, work) }

    /// What was said of the stream.
    var definition: StreamDefinition { state.withLock { $0.definition } }
    /// The last position that was processed, or the one before the first that the opened log gives (of sequence 0 in a new
    /// epoch); nil before the log is open.
    var head: Position? { state.withLock { $0.head } }
    /// When events came last; nil before the first since the start.
    var lastEvent: Timestamp? { state.withLock { $0.lastEvent } }
    /// Tail requests that ask for predictions.
    var predictingRequests: Int { state.withLock { $0.predictingRequests } }

    /// Counts tail requests that ask for predictions, in or out.
    ///
    /// - Returns: How many there are now.
    @discardableResult
    func countPredicting(_ change: Int) -> Int {
        state.withLock { state in
            state.predictingRequests += change
            return state.predictingRequests
        }
    }

    /// Whether the stream is on its way out, or gone: nothing may be begun with it.
    var isRemoved: Bool { state.withLock { $0.isRemoved } }

    /// Says that the stream is on its way out.
    func markRemoved() { state.withLock { $0.isRemoved = true } }

    /// How far its models have got with the past.
    var warmUp: WarmUpProgress {
        get { state.withLock { $0.warmUp } }
        set { state.withLock { $0.warmUp = newValue } }
    }

    /// The stream's log, opened when it is needed first. Opening waits for the disk.
    func log() throws(LogFailure) -> StreamLog {
        if let log = try opened() { return log }
        return try opening.withLock { _ throws(LogFailure) in
            if let log = try opened() { return log }
            let log = try StreamLog.open(
                path: path, stream: name, settings: definition.logSettings, writer: writer, now: ServerClock().now())
            log.onLoss { [weak self] _ in
                guard let self else { return }
                // Readers are told at once, unless the next events were there before.
                post { state in state.note(self.openLog?.takeLosses() ?? [], of: self) }
            }
            // Everything new lies behind this, whatever the epochs before it lost.
            let next = log.bounds.next
            state.withLock { state in
                state.log = log
                state.head = Position(partition: next.partition, epoch: next.epoch, sequence: next.sequence - 1)
            }
            // It may have changed while the log was opened.
            log.setSettings(definition.logSettings)
            return log
        }
    }

    private func opened() throws(LogFailure) -> StreamLog? {
        let (log, end) = state.withLock { state in
            (state.log, state.end ?? (state.isRemoved ? "stream '\(name)' is being removed" : nil))
        }
        if let end { throw LogFailure(kind: .closed, message: end) }
        return log
    }

    /// The log, if it is open.
    var openLog: StreamLog? { state.withLock { $0.log } }

    /// Bytes of events handed over and not settled.
    var queuedBytes: Int { state.withLock { $0.queuedBytes } }

    /// Takes room for events on their way to the disk, until ``release(_:)``. Before they are handed over, because what the
    /// log refused cannot be sent again once what follows it was taken.
    ///
    /// - Returns: Whether there was room.
    func reserve(_ bytes: Int, limit: Int) -> Bool {
        state.withLock { state in
            guard state.queuedBytes == 0 || state.queuedBytes + bytes <= limit else { return false }
            state.queuedBytes += bytes
            return true
        }
    }

    /// Gives back room.
    func release(_ bytes: Int) { state.withLock { $0.queuedBytes -= bytes } }

    /// Notes how far events were processed.
    func noteProcessed(_ position: Position?, at time: Timestamp) {
        guard let position else { return }
        state.withLock { state in
            state.head = position
            state.lastEvent = time
        }
    }

    /// Puts another definition in force.
    func define(_ definition: StreamDefinition) {
        let log = state.withLock { state in
            state.definition = definition
            return state.log
        }
        log?.setSettings(definition.logSettings)
    }

    /// Writes what is left and closes the log. Waits for the disk.
    func close() throws(LogFailure) {
        try opening.withLock { _ throws(LogFailure) in
            let log = end("stream '\(name)': the server is shutting down")
            try log?.close()
        }
    }

    /// Closes the log and removes its file. Waits for the disk.
    func remove() throws(LogFailure) {
        try opening.withLock { _ throws(LogFailure) in
            try? end("stream '\(name)' was removed")?.close()
            try StreamLog.remove(path: path)
        }
    }

    /// Lets nobody have the log any more.
    ///
    /// - Returns: The log, if it was open.
    private func end(_ reason: String) -> StreamLog? {
        state.withLock { state in
            state.end = reason
            defer { state.log = nil }
            return state.log
        }
    }
}

/// How far a stream's models have got with what is in the log.
struct WarmUpProgress: Sendable, Equatable {
    /// What it is at.
    enum Phase: String, Sendable {
        /// Nothing to learn from, or nobody asks.
        case none
        /// Reading the past.
        case learning
        /// Done: predictions rest on the past.
        case ready
        /// Given up, see `problem`.
        case failed
    }

    var phase = Phase.none
    /// Events learned.
    var done = 0
    /// Events to learn, as far as known.
    var total = 0
    /// Why it failed.
    var problem: String?
}
#endif
