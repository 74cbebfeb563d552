#if Server
import Foretail
import GRDBSQLite

/// A query prepared: one statement that only reads, with one parameter and columns with names of their own.
final class SQLiteReferenceStatement {
    private let statement: OpaquePointer
    private var columns: ReferenceColumns
    private var preparations: Int32 = 0
    private let rowLimit: Int
    private unowned let file: SQLiteReferenceFile

    init(_ query: ReferenceQuery, _ file: SQLiteReferenceFile) throws(ReferenceFailure) {
        func wrong(_ message: String) -> ReferenceFailure {
            ReferenceFailure(.query, "\(file.place): the query: \(message)")
        }
        guard !query.text.utf8.contains(0) else { throw wrong("it holds a zero byte") }
        self.file = file
        rowLimit = max(0, query.rowLimit)
        var prepared: OpaquePointer?
        var failure: ReferenceFailure?
        query.text.withCString { text in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(file.database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &tail)
            guard code == SQLITE_OK else {
                failure = file.failure(code)
                return
            }
            // What follows may be white space and comments: those make no statement.
            var next: OpaquePointer?
            let rest = sqlite3_prepare_v2(file.database, tail, -1, &next, nil)
            sqlite3_finalize(next)
            if prepared == nil {
                failure = wrong("it is empty; a lookup's query is one SELECT")
            } else if rest != SQLITE_OK || next != nil {
                failure = wrong("there are several statements; a lookup's query is one SELECT")
            }
        }
        guard failure == nil, let prepared else {
            sqlite3_finalize(prepared)
            throw failure ?? wrong("it is empty")
        }
        statement = prepared
        columns = Self.columns(prepared)
        let parameters = sqlite3_bind_parameter_count(prepared)
        guard sqlite3_stmt_readonly(prepared) != 0, !columns.names.isEmpty else {
            throw wrong("it does more than read; a lookup's query is one SELECT")
        }
        guard parameters == 1 else {
            throw wrong(
                parameters == 0
                    ? "it has no parameter; write ?1 where the key belongs"
                    : "it has \(parameters) parameters; ?1, the key, is the only one there can be")
        }
        if let name = columns.duplicate {
            throw wrong("two columns are named '\(name)'; name them apart with AS")
        }
    }

    deinit { sqlite3_finalize(statement) }

    /// Reads the rows of a key.
    func rows(_ key: String, rowBytes: Int) throws(ReferenceFailure) -> ReferenceRows {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        var key = key
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let bound = key.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                // An empty text must not become NULL.
                text.baseAddress.map { sqlite3_bind_text(statement, 1, $0, Int32(clamping: text.count), transient) }
                    ?? sqlite3_bind_text(statement, 1, "", 0, transient)
            }
        }
        guard bound == SQLITE_OK else { throw file.failure(bound) }
        var writer = ReferenceRowWriter(rowLimit: rowLimit, byteLimit: rowBytes)
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { break }
            guard code == SQLITE_ROW else { throw file.failure(code) }
            if writer.isEmpty { learnColumns() }
            guard writer.beginRow() else { break }
            let isFirst = writer.isEmpty
            for column in columns.names.indices { write(Int32(column), &writer) }
            writer.endRow()
            if isFirst, let version = columns.version, let text = sqlite3_column_text(statement, Int32(version)) {
                let count = Int(sqlite3_column_bytes(statement, Int32(version)))
                writer.version = String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
            }
        }
        guard let rows = writer.finish() else {
            throw ReferenceFailure(
                .answer, "\(file.place): a row has more than \(rowBytes) bytes; select fewer columns")
        }
        return rows
    }

    /// Takes the columns anew where SQLite has prepared the statement again, because a table changed.
    private func learnColumns() {
        let count = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0)
        guard count != preparations else { return }
        preparations = count
        columns = Self.columns(statement)
    }

    private static func columns(_ statement: OpaquePointer) -> ReferenceColumns {
        ReferenceColumns(
            (0..<sqlite3_column_count(statement)).map { String(cString: sqlite3_column_name(statement, $0)) })
    }

    private func write(_ column: Int32, _ writer: inout ReferenceRowWriter) {
        writer.beginValue(Int(column), of: columns)
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: writer.append(integer: sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: writer.append(double: sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            let text = sqlite3_column_text(statement, column)
            writer.append(
                text: UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, column))))
        case SQLITE_BLOB:
            let bytes = sqlite3_column_blob(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            writer.append(
                base64: UnsafeBufferPointer(start: bytes?.assumingMemoryBound(to: UInt8.self), count: count))
        default: writer.appendNull()
        }
    }

    /// SQLite's authoriser: a query may read tables and call functions, and nothing else, not even of other files.
    static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?
        ) -> Int32 = { _, action, _, second, _, _ in
            switch action {
            case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE, SQLITE_TRANSACTION: return SQLITE_OK
            case SQLITE_FUNCTION:
                let isLoading = second.map { String(cString: $0).lowercased() == "load_extension" } ?? false
                return isLoading ? SQLITE_DENY : SQLITE_OK
            // Full-text tables ask for it.
            case SQLITE_PRAGMA: return SQLITE_OK
            default: return SQLITE_DENY
            }
        }
}
#endif
