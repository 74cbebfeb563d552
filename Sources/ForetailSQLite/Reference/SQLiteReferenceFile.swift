#if Server
import Foretail
import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open SQLite file that can only be read. For one thread at a time.
///
/// SQLite's own calls are used here, not GRDB's: what makes a query safe (authoriser, tail, progress) lies below them.
final class SQLiteReferenceFile {
    /// Which file it is, whatever the path leads to by now.
    struct Identity: Equatable {
        var device: UInt64
        var node: UInt64

        /// The file that the path leads to; nil: none.
        init?(_ path: String) {
            var information = stat()
            guard stat(path, &information) == 0 else { return nil }
            device = UInt64(truncatingIfNeeded: information.st_dev)
            node = UInt64(truncatingIfNeeded: information.st_ino)
        }
    }

    let database: OpaquePointer
    let identity: Identity
    let place: String
    private let deadlineBox: UnsafeMutablePointer<SQLiteDeadline>
    private var statements: [ReferenceQuery: SQLiteReferenceStatement] = [:]

    /// Queries that are kept prepared; beyond it all are prepared anew.
    static let mostStatements = 256

    /// Opens the file.
    ///
    /// - Parameters:
    ///   - place: What messages begin with.
    ///   - deadline: When its statements are to end, until another is set: another program may hold the file.
    init(path: String, place: String, deadline: Int64) throws(ReferenceFailure) {
        guard !path.utf8.contains(0), let identity = Identity(path) else {
            throw ReferenceFailure(.connection, "\(place): there is no such file; see to its path, or restore it")
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            let failure = SQLiteReferenceFile.failure(code, opened, place)
            sqlite3_close_v2(opened)
            throw failure
        }
        database = opened
        self.identity = identity
        self.place = place
        deadlineBox = .allocate(capacity: 1)
        deadlineBox.initialize(to: SQLiteDeadline(time: deadline))
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_progress_handler(opened, 1_000, SQLiteDeadline.hasPassed, deadlineBox)
        sqlite3_busy_handler(opened, SQLiteDeadline.waitsOn, deadlineBox)
        // Of a file that is none, only reading shows it.
        try run("PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema")
        sqlite3_set_authorizer(opened, SQLiteReferenceStatement.authorize, nil)
    }

    deinit {
        statements = [:]
        sqlite3_close_v2(database)
        deadlineBox.deallocate()
    }

    /// Whether the path leads to the same file still.
    func isCurrent(_ path: String) -> Bool { Identity(path) == identity }

    /// When statements are to end.
    func setDeadline(_ deadline: Int64) { deadlineBox.pointee.time = deadline }

    /// Runs statements of the store's own.
    func run(_ sql: String) throws(ReferenceFailure) {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// The statement of a query, prepared at most once.
    func statement(_ query: ReferenceQuery) throws(ReferenceFailure) -> SQLiteReferenceStatement {
        if let known = statements[query] { return known }
        if statements.count >= Self.mostStatements { statements = [:] }
        let statement = try SQLiteReferenceStatement(query, self)
        statements[query] = statement
        return statement
    }

    /// What `PRAGMA data_version` says: another number after others have committed.
    func dataVersion() throws(ReferenceFailure) -> Int64 {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        var code = sqlite3_prepare_v2(database, "PRAGMA data_version", -1, &statement, nil)
        if code == SQLITE_OK { code = sqlite3_step(statement) }
        guard code == SQLITE_ROW else { throw failure(code) }
        return sqlite3_column_int64(statement, 0)
    }

    /// Names what the last call says.
    func failure(_ code: Int32) -> ReferenceFailure { Self.failure(code, database, place) }

    private static func failure(_ code: Int32, _ database: OpaquePointer?, _ place: String) -> ReferenceFailure {
        let text = "\(database.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory") (SQLite \(code))"
        switch code & 0xFF {
        case SQLITE_INTERRUPT:
            return ReferenceFailure(
                .timeout,
                "\(place): the query took too long; look at its plan with EXPLAIN QUERY PLAN, or allow more time")
        case SQLITE_BUSY, SQLITE_LOCKED:
            return ReferenceFailure(
                .timeout,
                "\(place): another program holds the file: \(text); shorten its transactions, or use WAL (journal_mode)"
            )
        case SQLITE_AUTH:
            return ReferenceFailure(
                .query, "\(place): the query: it does more than read (\(text)); a lookup's query is one SELECT")
        case SQLITE_ERROR, SQLITE_RANGE, SQLITE_READONLY:
            return ReferenceFailure(.query, "\(place): the query: \(text); see to its names and its syntax")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return ReferenceFailure(
                .connection, "\(place): the file is damaged, or no SQLite file: \(text); restore it")
        case SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_NOMEM:
            return ReferenceFailure(.answer, "\(place): \(text); see to the row and the query")
        default:
            return ReferenceFailure(.connection, "\(place): \(text); see to the disk and the rights of file and folder")
        }
    }
}
#endif
