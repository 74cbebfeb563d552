#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB

/// The file of a log: its tables, and the statements over them. One thread at a time.
struct LogStore: Sendable {
    /// What the file held when it was opened.
    struct Contents: Sendable {
        /// The epochs.
        var epochs: EpochTable
        /// The ordinal of the first event that is kept.
        var first: Int64
        /// The ordinal of the last event; `first - 1` where there is none.
        var last: Int64
        /// Bytes of the blocks stored.
        var bytes: Int64
        /// Bytes of all blocks before the next one.
        var offset: Int64
        /// When the oldest event came in, microseconds; nil where there is none.
        var oldest: Int64?
    }

    /// `FTLG`
    static let applicationID: Int64 = 0x4654_4C47
    static let version: Int64 = 1
    /// Bytes of a page. Large ones make fewer of a block; a small append writes two or three.
    static let pageBytes = 16_384

    /// The path of the file.
    let path: String
    /// The stream it belongs to.
    let stream: String
    /// Raises errors where a test wants them.
    var fault: LogFault?
    private var queue: DatabaseQueue?
    private var isSealed = false
    /// Whether there was a connection: then there is a file, and a new one in its place would give positions again.
    private var wasOpen = false
    /// How the connection syncs its commits.
    private var durability = Durability.fsync
    /// Whether pages were given back that are still part of the file.
    var hasGivenBack = false
    /// Bytes committed since the last checkpoint.
    private(set) var uncheckpointed = 0

    init(path: String, stream: String, fault: LogFault? = nil) {
        self.path = path
        self.stream = stream
        self.fault = fault
    }

    /// The connection that writes.
    ///
    /// - Throws: ``LogFailure`` where the file cannot be opened, is none of ours, or is of another version.
    mutating func connection() throws(LogFailure) -> DatabaseQueue {
        if let queue { return queue }
        guard !isSealed else { throw LogFailure(kind: .closed, message: "the log of stream '\(stream)' is closed") }
        guard !wasOpen || FileManager.default.fileExists(atPath: path) else { throw .gone(path) }
        let opened = try LogStore.failing(path) {
            try fault?.check(.open)
            var configuration = Configuration()
            configuration.label = "foretail.log"
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in try prepare(database) }
            return queue
        }
        queue = opened
        wasOpen = true
        return opened
    }

    /// Forgets the connection, where nobody needs it, or after a failed write: nothing it believes can be trusted then.
    mutating func reset() {
        try? queue?.close()
        queue = nil
        durability = .fsync
        uncheckpointed = 0
    }

    /// Forgets the connection and opens no other: the file may be removed now.
    mutating func seal() {
        reset()
        isSealed = true
    }

    /// Runs statements on the connection.
    mutating func run<Value: Sendable>(_ body: (Database) throws -> Value) throws(LogFailure) -> Value {
        let queue = try connection()
        return try LogStore.failing(path) { try queue.writeWithoutTransaction(body) }
    }

    /// Runs statements whose commits are synced as asked.
    mutating func run<Value: Sendable>(
        _ wanted: Durability, _ body: (Database) throws -> Value
    ) throws(LogFailure) -> Value {
        let queue = try connection()
        if wanted != durability {
            let level = wanted == .fsync ? "FULL" : "NORMAL"
            try LogStore.failing(path) {
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = \(level)") }
            }
            durability = wanted
        }
        return try run(body)
    }

    /// Adds to the count of bytes that a checkpoint has to move, and moves them when they are many.
    mutating func checkpoint(after bytes: Int, limit: Int = 8 << 20) {
        uncheckpointed += bytes + 2 * LogStore.pageBytes
        guard uncheckpointed >= limit, let queue else { return }
        uncheckpointed = 0
        // What fails here is tried again later; the events are durable without it.
        try? queue.writeWithoutTransaction { database in
            try fault?.check(.checkpoint)
            try database.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
        }
    }

    /// Lets the file become as short as what was given back makes it.
    mutating func settle() {
        guard hasGivenBack else { return }
        hasGivenBack = false
        checkpoint(after: 0, limit: 0)
    }

    private func prepare(_ database: Database) throws {
        try LogFile.check(database, path: path, stream: stream)
        try database.execute(
            sql: """
                PRAGMA page_size = \(LogStore.pageBytes);
                PRAGMA auto_vacuum = INCREMENTAL;
                PRAGMA secure_delete = OFF;
                PRAGMA cache_size = -1024;
                PRAGMA temp_store = MEMORY;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 4096;
                PRAGMA journal_size_limit = 33554432
                """)
        if let pages = fault?.pageLimit() { try database.execute(sql: "PRAGMA max_page_count = \(pages)") }
        try LogFile.create(database, stream: stream)
    }

    /// Runs statements and names their failure.
    static func failing<Value>(_ path: String, _ body: () throws -> Value) throws(LogFailure) -> Value {
        do {
            return try body()
        } catch let failure as LogFailure {
            throw failure
        } catch let error as DatabaseError {
            throw LogFailure(error, path: path)
        } catch {
            throw LogFailure(kind: .unavailable, message: "\(path): \(error)")
        }
    }
}
#endif
