#if Postgres
public import Foretail
import Synchronization

/// Lookups in a PostgreSQL database, by libpq: pooled, pipelined, prepared, read-only.
///
///     let store = try PostgresReferenceStore(PostgresSettings(name: "customers", connection: "postgresql://reader@db/shop"))
///     let query = ReferenceQuery("SELECT name, plan FROM customers WHERE id = $1")
///     try await store.check(query)
///     let rows = try await store.fetch(query, keys: ["42", "43"], timeoutMicroseconds: 250_000)
///
/// A query has one parameter, the key, bound as text and never part of the statement. `WHERE id = $1` is sent once for each
/// key, many without waiting in between; `WHERE id = ANY($1)` once for many keys, and its first column names the key of each
/// row. A key that is no value of the column's type (`abc` of a bigint) has no rows. Rows become objects by column name:
/// numbers, booleans, `json` and `jsonb` keep their kinds, all else is the server's text as a string.
///
/// Nothing connects before the first check or fetch. A connection that breaks is opened again by itself, at doubling distances up
/// to two seconds; meanwhile fetches fail at once.
public final class PostgresReferenceStore: ReferenceStore {
    /// The settings.
    public let settings: PostgresSettings
    let text: ConnectionText
    private let inbox = LoopInbox()
    let board = StatusBoard()
    private let numbers = Mutex<UInt64>(0)

    /// Starts the store's thread; connects to nothing yet.
    ///
    /// - Throws: ``ReferenceFailure`` where the connection string cannot be read. Messages never show the password.
    public init(_ settings: PostgresSettings) throws(ReferenceFailure) {
        self.settings = settings
        text = try ConnectionText(settings.connection, subject: "store '\(settings.name)'")
        let (text, inbox, board) = (text, inbox, board)
        Task(executorPreference: ThreadExecutor()) { PostgresLoop(settings, text, inbox, board).run() }
    }

    deinit { inbox.put(.close(nil)) }

    /// How the store stands.
    public var status: PostgresStatus { board.status }

    /// Checks a query: that it can be run, reads only, has one parameter and columns with names of their own.
    ///
    /// The query is prepared, and asked once for the key NULL.
    public func check(_ query: ReferenceQuery) async throws(ReferenceFailure) {
        let result = await withCheckedContinuation { continuation in
            if !inbox.put(.check(query, continuation)) { continuation.resume(returning: .failure(closed)) }
        }
        try result.get()
    }

    /// Reads the rows of many keys.
    ///
    /// What broke off with a connection is asked again on another one within the time allowed, a few times. An error of one key
    /// is its own.
    public func fetch(
        _ query: ReferenceQuery, keys: [String], timeoutMicroseconds microseconds: Int64
    ) async throws(ReferenceFailure) -> [Result<ReferenceRows, ReferenceFailure>] {
        guard !keys.isEmpty else { return [] }
        guard !Task.isCancelled else { throw text.failure(.refused, "the caller went away") }
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let fetch = Fetch(
                    number: number, query: query, keys: keys, microseconds: microseconds, continuation: continuation)
                if !inbox.put(.fetch(fetch)) { fetch.end(closed) }
            }
        } onCancel: {
            inbox.put(.cancel(number))
        }
        return try result.get()
    }

    /// Closes all connections; what is under way fails.
    public func close() async {
        await withCheckedContinuation { continuation in
            if !inbox.put(.close(continuation)) { continuation.resume() }
        }
    }

    private var closed: ReferenceFailure { text.failure(.refused, "the store is closed") }
}
#endif
