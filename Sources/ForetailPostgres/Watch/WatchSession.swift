#if Postgres
import Foretail

/// A connection that may change the database, with short waits for locks so that nobody else waits for long.
struct WatchSession {
    private let link: PostgresLink

    init(_ text: ConnectionText) throws(ReferenceFailure) {
        link = try PostgresLink.open(text, connectSeconds: 5, isReadOnly: false)
        try query(
            """
            SET lock_timeout = '\(PostgresWatch.lockSeconds)s'; SET statement_timeout = '\(PostgresWatch.statementSeconds)s'
            """)
    }

    /// Runs statements; several in one text are one transaction.
    @discardableResult
    func query(_ sql: String) throws(ReferenceFailure) -> [[String?]] {
        try link.run(sql, deadline: Monotonic.deadline(after: Int64(PostgresWatch.statementSeconds + 5) * 1_000_000))
    }
}
#endif
