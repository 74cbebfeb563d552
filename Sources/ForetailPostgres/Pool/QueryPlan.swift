#if Postgres
import Foretail

/// How a checked query is asked: its statement, and what its parameter is.
struct QueryPlan: Sendable {
    /// What its parameter takes.
    enum Parameter: Hashable, Sendable {
        /// One key.
        case key
        /// An array of keys, `= ANY($1)`: the first column of each row names its key.
        case keys(KeyForm)
    }

    /// Numbers of plans are never used again, so neither are the names of statements.
    let number: Int
    /// The query, wrapped so that it can only read, and only so many rows.
    let sql: String
    let rowLimit: Int
    /// Rows of an answer beyond which it may be incomplete; one more is asked for.
    let answerRows: Int
    let parameter: Parameter

    /// The name of the prepared statement.
    var name: String { "foretail_\(number)" }

    /// A query as a table to read from: a statement that writes cannot stand there, and one row too many shows a cut.
    ///
    /// The order of the inner query is kept: PostgreSQL sorts no result that nobody asks it to.
    static func wrapped(_ text: String, rows: Int) -> String {
        var body = Substring(text)
        while let last = body.last, last == ";" || last.isWhitespace { body.removeLast() }
        return "SELECT * FROM (\n\(body)\n) AS foretail_rows LIMIT \(rows + 1)"
    }
}
#endif
