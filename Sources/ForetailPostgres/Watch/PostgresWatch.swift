#if Postgres
public import Foretail

/// Triggers that send a change notice for every row that changes: `foretail store watch`.
///
///     print(try PostgresWatch.installation(table: "shop.customers", keyColumn: "id"))     // the SQL, to look at
///     print(try await PostgresWatch.install(connection: "host=db dbname=shop", table: "shop.customers", keyColumn: "id"))
///
/// A notice is sent by the transaction that changes the row, reaches listeners after its commit, and is not sent when it rolls back.
/// It names the old and the new key; without a key column, after TRUNCATE, and where a key is too long for a
/// notice (8,000 bytes), it says that anything may have changed.
public enum PostgresWatch {
    /// Seconds that statements of an installation may wait for a lock that others hold, and take.
    static let lockSeconds = 5
    static let statementSeconds = 30

    /// The SQL that ``install(connection:table:keyColumn:channel:)`` runs. May be run again.
    ///
    /// - Parameters:
    ///   - table: A table, with or without a schema; names that are not plain in double quotes.
    ///   - keyColumn: The column that lookups' keys are compared with; nil: a notice of any change says "anything".
    public static func installation(
        table: String, keyColumn: String?, channel: String = "foretail"
    ) throws(ReferenceFailure) -> String {
        let script = try WatchScript(table: table, keyColumn: keyColumn, channel: channel)
        return script.installation
    }

    /// The SQL that ``remove(connection:table:)`` runs.
    public static func removal(table: String) throws(ReferenceFailure) -> String {
        try WatchScript(table: table, keyColumn: nil, channel: "foretail").removal
    }

    /// Installs triggers on a table, or replaces those that are there. All or nothing.
    ///
    /// - Returns: What was done, in a sentence.
    public static func install(
        connection: String, table: String, keyColumn: String?, channel: String = "foretail"
    ) async throws(ReferenceFailure) -> String {
        let script = try WatchScript(table: table, keyColumn: keyColumn, channel: channel)
        return try await run(connection) { session throws(ReferenceFailure) in
            let known = try session.query(script.inspection).first ?? []
            let told = keyColumn.map { "the key in \($0)" } ?? "no key: any change invalidates all rows"
            if known.count == 3, known[0] == script.body, known[1] == "2", known[2] == script.rowTrigger {
                return "table \(table) is watched already (\(told)); nothing was changed"
            }
            try session.query(script.installation)
            let done = known.first.flatMap { $0 } == nil ? "is watched now" : "is watched anew"
            return "table \(table) \(done): notices on channel '\(channel)' with \(told)"
        }
    }

    /// Removes what ``install(connection:table:keyColumn:channel:)`` made; nothing where there is nothing.
    public static func remove(connection: String, table: String) async throws(ReferenceFailure) -> String {
        let script = try WatchScript(table: table, keyColumn: nil, channel: "foretail")
        return try await run(connection) { session throws(ReferenceFailure) in
            let wasThere = try session.query(script.inspection).first.flatMap { $0[1] } != "0"
            try session.query(script.removal)
            return wasThere ? "table \(table) is no longer watched" : "table \(table) was not watched"
        }
    }

    /// The tables of the database that have triggers of this kind, a line each.
    public static func status(connection: String) async throws(ReferenceFailure) -> String {
        try await run(connection) { session throws(ReferenceFailure) in
            let rows = try session.query(WatchScript.list)
            guard !rows.isEmpty else { return "no table is watched" }
            return rows.map { row in
                "\(row[0] ?? "?"): \(row[1] ?? "watched")\(row[2] == "f" ? " (triggers are disabled)" : "")"
            }.joined(separator: "\n")
        }
    }

    /// Does something on a connection, on a thread of its own.
    private static func run(
        _ connection: String, _ body: @escaping @Sendable (WatchSession) throws(ReferenceFailure) -> String
    ) async throws(ReferenceFailure) -> String {
        let text = try ConnectionText(connection, subject: "watch")
        let result = await Task(executorPreference: ThreadExecutor()) {
            do throws(ReferenceFailure) {
                return Result<String, ReferenceFailure>.success(try body(try WatchSession(text)))
            } catch {
                return .failure(error)
            }
        }.value
        return try result.get()
    }
}
#endif
