#if Server
public import FieldExtraction
public import Foretail
import Foundation
import Synchronization

/// The log of one stream, in one SQLite file: gives positions, stores events in blocks, reads them back.
///
///     let log = try StreamLog.open(path: "metrics.log", stream: "metrics", settings: .init(), writer: writer, now: now)
///     try log.submit(&batch, now: now) { result in … }     // positions at once; the closure when durable
///
/// `submit` belongs to one thread. Reading, trimming and closing block and belong to others. Positions never repeat: whoever
/// opens a log that was not closed, or goes on after a failed append, begins a new epoch, which is on the disk before its
/// first position is given. What was given and did not become durable is a gap of reason `crash`.
///
/// Of many logs of a writer, those used longest ago close their files until they are used again.
public final class StreamLog: Sendable {
    /// The path of the file; SQLite keeps two more beside it.
    public let path: String
    /// The stream's name.
    public let stream: String
    let writer: LogWriter
    /// What `submit` and status need; held for moments.
    let state: Mutex<StreamLogState>
    /// What a write needs; held while the disk works.
    let writing: Mutex<LogWriting>
    /// What a reading needs; held while it lasts.
    let reading: Mutex<LogReader>

    /// Seconds between two attempts to go on after a failure.
    static let retrySeconds = 0.1
    /// The bytes from which on a turn ends, so that other logs come to theirs.
    static let turnBytes = 4 << 20

    private init(store: LogStore, state: StreamLogState, writer: LogWriter) {
        path = store.path
        stream = store.stream
        self.writer = writer
        self.state = Mutex(state)
        reading = Mutex(LogReader(path: store.path))
        writing = Mutex(LogWriting(store: store))
    }

    /// Opens or creates the file of a stream, and begins a new epoch unless the log was closed cleanly. Blocks.
    ///
    /// - Throws: ``LogFailure`` where the file cannot be opened, is another program's, a newer one's or another stream's, or
    ///   where the new epoch cannot be stored.
    /// - Complexity: A few lookups, whatever is stored.
    public static func open(
        path: String, stream: String, settings: LogSettings, writer: LogWriter, now: Timestamp
    ) throws(LogFailure) -> StreamLog {
        try open(path: path, stream: stream, settings: settings, writer: writer, now: now, fault: nil)
    }

    static func open(
        path: String, stream: String, settings: LogSettings, writer: LogWriter, now: Timestamp, fault: LogFault?
    ) throws(LogFailure) -> StreamLog {
        var store = LogStore(path: path, stream: stream, fault: fault)
        let contents = try store.begin(unlessClosed: true, now: now.microseconds)
        let log = StreamLog(store: store, state: StreamLogState(contents, settings: settings), writer: writer)
        writer.openLogs.noteUse(of: log)
        return log
    }

    /// Gives the events of a batch their positions and queues them. Never waits for the disk.
    ///
    /// The log keeps the batch's memory until it is written; what the caller changes afterwards is a copy. A batch without
    /// events is answered after all before it.
    ///
    /// - Parameters:
    ///   - batch: The events, which get their positions.
    ///   - now: When they came in.
    ///   - completion: Called once, on the writer's thread, with the last position when all are durable, or with why they
    ///     did not become so. It must not block, nor trim or close the log.
    ///   - mark: What is kept beside the events, in the place of what was: both are durable, or neither. See ``mark()``.
    ///   - epoch: The epoch that the positions must be of, where the events go on from earlier ones: in another one some of
    ///     those are missing. Nil: whichever is current.
    /// - Returns: What was lost since the last call: it lies before the events of this one, and whoever forwards them tells
    ///   it first.
    /// - Throws: ``LogFailure``; then no position was given, and `completion` is not called.
    /// - Complexity: A few nanoseconds an event.
    @discardableResult
    public func submit(
        _ batch: inout EventBatch, now: Timestamp, epoch: UInt32? = nil, mark: [UInt8]? = nil,
        completion: @escaping @Sendable (Result<Position, LogFailure>) -> Void
    ) throws(LogFailure) -> [Actions.Gap] {
        let (mustSchedule, losses) = try state.withLock { (state) throws(LogFailure) -> (Bool, [Actions.Gap]) in
            let mustSchedule = try state.enqueue(
                &batch, now: now, stream: stream, epoch: epoch, mark: mark, completion: completion)
            return (mustSchedule, state.takeLosses())
        }
        if mustSchedule, !writer.schedule(self) {
            // The writer's threads have ended; this one does their work.
            while takeTurn() == .more {}
        }
        return losses
    }

    /// What was kept beside the events last; nil: nothing was. Blocks.
    public func mark() throws(LogFailure) -> [UInt8]? {
        try writing.withLock { (writing) throws(LogFailure) in try writing.store.mark() }
    }

    /// Takes what was lost since the last call of this or of `submit`. Belongs to the thread that submits.
    public func takeLosses() -> [Actions.Gap] { state.withLock { $0.takeLosses() } }

    /// Where the log begins and ends. Does not touch the disk.
    public var bounds: LogBounds { state.withLock { $0.bounds } }

    /// The settings in force.
    public var settings: LogSettings { state.withLock { $0.settings } }

    /// Changes the settings, from the next write on; a retention from the next ``enforceRetention(now:)`` on.
    public func setSettings(_ settings: LogSettings) { state.withLock { $0.settings = settings } }

    /// Says what is called when events that got positions are lost for good, before the next position is given.
    ///
    /// It is called on the writer's thread and must not block. The next ``submit(_:now:epoch:completion:)`` returns the same
    /// gap, unless ``takeLosses()`` took it before.
    public func onLoss(_ action: @escaping @Sendable (Actions.Gap) -> Void) { state.withLock { $0.onLoss = action } }

    /// Writes all that is queued, empties SQLite's journal and marks the log as closed cleanly. Blocks.
    ///
    /// - Throws: ``LogFailure`` where not all could be written; the next opening then begins a new epoch.
    public func close() throws(LogFailure) {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return }
        while takeTurn() == .more {}
        writer.openLogs.forget(self)
        reading.withLock { $0.seal() }
        let failure = state.withLock { $0.failure?.cause }
        try writing.withLock { (writing) throws(LogFailure) in
            defer { writing.store.seal() }
            if let failure { throw failure }
            try writing.store.markClosed()
        }
    }

    /// Removes the files of a log that is not open.
    ///
    /// - Throws: ``LogFailure`` where a file is there and cannot be removed.
    public static func remove(path: String) throws(LogFailure) {
        for file in [path, path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: file) {
            try LogStore.failing(file) { try FileManager.default.removeItem(atPath: file) }
        }
    }
}
#endif
