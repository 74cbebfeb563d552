#if Server
import GRDB

/// The schema of a log's file.
///
///     state   one row: the stream, the first ordinal kept, whether the log was closed
///     epoch   a row per epoch: its number, and the ordinal of the last event before it
///     block   a row per block: the ordinal of its first event is the key
enum LogFile {
    /// Refuses a file that is not a log, is a newer one, or belongs to another stream. Changes nothing.
    static func check(_ database: Database, path: String, stream: String) throws {
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if application == 0, version == 0 {
            guard try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0 else {
                throw LogFailure(
                    kind: .unavailable,
                    message: "\(path): a SQLite file, but not a log of foretail; move it away, or name another folder")
            }
            return
        }
        guard application == LogStore.applicationID else {
            throw LogFailure(
                kind: .unavailable,
                message: "\(path): a file of another program (application_id \(application)); move it away")
        }
        guard version == LogStore.version else {
            throw LogFailure(
                kind: .unavailable,
                message: """
                    \(path): format version \(version), but this build reads version \(LogStore.version); \
                    use the build that wrote it
                    """)
        }
        let owner = try String.fetchOne(database, sql: "SELECT stream FROM state")
        guard owner == stream else {
            throw LogFailure(
                kind: .unavailable,
                message: "\(path): the log of stream '\(owner ?? "")', not of '\(stream)'; move it to where it belongs")
        }
    }

    /// Creates the tables of an empty file, all or none.
    static func create(_ database: Database, stream: String) throws {
        guard try Int64.fetchOne(database, sql: "PRAGMA application_id") != LogStore.applicationID else { return }
        try database.inTransaction(.immediate) {
            try database.execute(
                sql: """
                    CREATE TABLE state (
                        id INTEGER PRIMARY KEY CHECK (id = 1), stream TEXT NOT NULL, first INTEGER NOT NULL,
                        closed INTEGER NOT NULL, created INTEGER NOT NULL DEFAULT (unixepoch()));
                    CREATE TABLE epoch (
                        epoch INTEGER PRIMARY KEY, base INTEGER NOT NULL, began INTEGER NOT NULL, sum INTEGER NOT NULL);
                    CREATE TABLE block (
                        id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,
                        began INTEGER NOT NULL, newest INTEGER NOT NULL, offset INTEGER NOT NULL, size INTEGER NOT NULL,
                        data BLOB NOT NULL);
                    PRAGMA application_id = \(LogStore.applicationID);
                    PRAGMA user_version = \(LogStore.version);
                    """)
            try database.execute(
                sql: "INSERT INTO state (id, stream, first, closed) VALUES (1, ?, 1, 0)", arguments: [stream])
            return .commit
        }
    }
}
#endif
