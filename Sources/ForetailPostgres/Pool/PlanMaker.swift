#if Postgres
import CPostgres
import Foretail

/// Checks a query on a connection of its own and makes its plan. Its calls wait.
struct PlanMaker: Sendable {
    let text: ConnectionText
    let settings: PostgresSettings

    /// What the server says of a statement that it prepared.
    private struct Description {
        var parameters: [UInt32] = []
        var columns: [(name: String, type: UInt32)] = []
    }

    /// Makes the plan of a query.
    func plan(_ query: ReferenceQuery, number: Int) throws(ReferenceFailure) -> QueryPlan {
        let deadline = Monotonic.deadline(after: settings.checkMicroseconds)
        guard !query.text.utf8.contains(0), query.text.contains(where: { !$0.isWhitespace }) else {
            throw wrong("it is empty, or holds a zero byte")
        }
        guard !query.text.lowercased().contains("set_config") else {
            throw wrong("set_config would change the session of others; leave it out")
        }
        let link = try PostgresLink.open(
            text, connectSeconds: settings.connectSeconds, isReadOnly: true, deadline: deadline)
        try link.run("SET statement_timeout = \(max(1, settings.checkMicroseconds / 1_000))", deadline: deadline)
        try prepare(query.text, as: "foretail_raw", on: link, deadline: deadline)
        let description = try describe("foretail_raw", on: link, deadline: deadline)
        guard description.parameters.count == 1 else {
            throw wrong(
                description.parameters.isEmpty
                    ? "it has no parameter; write $1 where the key belongs"
                    : "it has \(description.parameters.count) parameters; $1, the key, is the only one there can be")
        }
        guard !description.columns.isEmpty else { throw wrong("it yields no columns; a lookup's query is one SELECT") }
        if let name = ReferenceColumns(description.columns.map(\.name)).duplicate {
            throw wrong("two columns are named '\(name)'; name them apart with AS")
        }
        let parameter = try parameter(description, on: link, deadline: deadline)
        let rowLimit = max(0, query.rowLimit)
        let answerRows = parameter == .key ? rowLimit : (rowLimit + 1) * max(1, settings.batchKeys)
        let plan = QueryPlan(
            number: number, sql: QueryPlan.wrapped(query.text, rows: answerRows), rowLimit: rowLimit,
            answerRows: answerRows, parameter: parameter)
        do {
            try prepare(plan.sql, as: "foretail_whole", on: link, deadline: deadline)
        } catch  where error.kind == .query {
            throw wrong(
                "the server cannot read from it as from a table; a lookup's query is one SELECT that writes nothing, "
                    + "without a semicolon (\(error.message))")
        }
        try tryOut(on: link, deadline: deadline)
        return plan
    }

    /// What the parameter takes; of a batch also whether the first column can name the key.
    private func parameter(
        _ description: Description, on link: PostgresLink, deadline: Int64
    ) throws(ReferenceFailure) -> QueryPlan.Parameter {
        let type = description.parameters[0]
        let rows = try link.run(
            "SELECT typelem, typcategory, typelem::regtype FROM pg_catalog.pg_type WHERE oid = $1::oid", String(type),
            deadline: deadline)
        guard let row = rows.first, row[1] == "A", let element = row[0].flatMap({ UInt32($0) }) else { return .key }
        let first = description.columns[0]
        let families: [Set<UInt32>] = [[20, 21, 23, 26], [25, 1043, 1042, 19]]
        guard first.type == element || families.contains(where: { $0.contains(first.type) && $0.contains(element) })
        else {
            throw wrong(
                "with = ANY($1) the first column names the key of each row, but '\(first.name)' is not of the key's type "
                    + "\(row[2] ?? ""); select the key's column first")
        }
        return .keys(KeyForm(array: type) ?? .other)
    }

    /// Asks once for the key NULL, for what shows only then: missing rights, locks that a reader must not take.
    private func tryOut(on link: PostgresLink, deadline: Int64) throws(ReferenceFailure) {
        var null: UnsafePointer<CChar>?
        guard PQsendQueryPrepared(link.connection, "foretail_whole", 1, &null, nil, nil, 0) == 1 else {
            throw link.lost()
        }
        do {
            try link.finish(deadline: deadline) { _ in }
        } catch  where error.kind != .query && PQstatus(link.connection) == CONNECTION_OK {
            // An error of this one key, or a query that takes long without one.
        }
    }

    private func prepare(
        _ sql: String, as name: String, on link: PostgresLink, deadline: Int64
    ) throws(ReferenceFailure) {
        guard PQsendPrepare(link.connection, name, sql, 0, nil) == 1 else { throw link.lost() }
        try link.finish(deadline: deadline) { _ in }
    }

    private func describe(
        _ name: String, on link: PostgresLink, deadline: Int64
    ) throws(ReferenceFailure) -> Description {
        guard PQsendDescribePrepared(link.connection, name) == 1 else { throw link.lost() }
        var description = Description()
        try link.finish(deadline: deadline) { result in
            description.parameters = (0..<PQnparams(result)).map { PQparamtype(result, $0) }
            description.columns = (0..<PQnfields(result)).map {
                (String(cString: PQfname(result, $0)), PQftype(result, $0))
            }
        }
        return description
    }

    private func wrong(_ message: String) -> ReferenceFailure { text.failure(.query, "the query: \(message)") }
}
#endif
