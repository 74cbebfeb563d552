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
        var isRemoved = false
        var warmUp = WarmUpProgress()
        var predictingRequests = 0
    }

    /// The stream's name.
    let name: String
    /// When it was created.
    let created: Timestamp
    /// The shard that its events go to.
    let shard: Shard
    /// Reads the plain lines that are sent to it, whichever bodies they come in; templates begin anew with the server.
    let lineReader = LogLineReader()
    private let path: String
    private let writer: LogWriter
    private let state: Mutex<State>

    init(
        name: String, definition: StreamDefinition, created: Timestamp, shard: Shard, path: String, writer: LogWriter
    ) {
        self.name = name
        self.created = created
        self.shard = shard
        self.path = path
        self.writer = writer
        state = Mutex(State(definition: definition))
        lineReader.setReference(ServerClock().now())
    }

    /// What was said of the stream.
    var definition: StreamDefinition { state.withLock { $0.definition } }
    /// The last position that was processed, or the one before the first that the opened log gives (of sequence 0 in a new
    /// epoch); nil before the log is open.
    var head: Position? { state.withLock { $0.head } }
    /// When events came last; nil before the first since the start.
    var lastEvent: Timestamp? { state.withLock { $0.lastEvent } }
    /// Tail requests that ask for predictions.
    var predictingRequests: Int { state.withLock { $0.predictingRequests } }

    /// Whether the stream is on its way out, or gone: nothing may be begun with it.
    var isRemoved: Bool { state.withLock { $0.isRemoved } }

    /// Says that the stream is on its way out, or that it stays after all.
    func markRemoved(_ isRemoved: Bool) { state.withLock { $0.isRemoved = isRemoved } }

    /// Counts tail requests that ask for predictions, in or out.
    func countPredicting(_ change: Int) { state.withLock { $0.predictingRequests += change } }

    /// How far its models have got with the past.
    var warmUp: WarmUpProgress {
        get { state.withLock { $0.warmUp } }
        set { state.withLock { $0.warmUp = newValue } }
    }

    /// The stream's log, opened when it is needed first. Opening waits for the disk.
    func log() throws(LogFailure) -> StreamLog {
        try state.withLock { state throws(LogFailure) in
            guard !state.isRemoved else {
                throw LogFailure(kind: .closed, message: "stream '\(name)' is being removed")
            }
            if let log = state.log { return log }
            let log = try StreamLog.open(
                path: path, stream: name, settings: state.definition.logSettings, writer: writer,
                now: ServerClock().now())
            log.onLoss { [shard, name] gap in
                shard.post { state in state.manager.noteGap(stream: name, gap, into: &state.actions) }
            }
            state.log = log
            // Everything new lies behind this, whatever the epochs before it lost.
            let next = log.bounds.next
            state.head = Position(partition: next.partition, epoch: next.epoch, sequence: next.sequence - 1)
            return log
        }
    }

    /// The log, if it is open.
    var openLog: StreamLog? { state.withLock { $0.log } }

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
        let log = state.withLock { state in
            defer { state.log = nil }
            return state.log
        }
        try log?.close()
    }

    /// Closes the log and removes its file. Waits for the disk.
    func remove() throws(LogFailure) {
        let log = state.withLock { state in
            state.isRemoved = true
            defer { state.log = nil }
            return state.log
        }
        try? log?.close()
        try StreamLog.remove(path: path)
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
