#if Postgres
import CPostgres
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A connection, in non-blocking mode, for one thread at a time. Its calls wait, so that thread must be one's own.
final class PostgresLink: @unchecked Sendable {
    let connection: OpaquePointer
    let text: ConnectionText
    var socket: Int32 { PQsocket(connection) }

    private init(_ connection: OpaquePointer, _ text: ConnectionText) {
        self.connection = connection
        self.text = text
    }

    deinit { PQfinish(connection) }

    /// Connects, and sets the session up: for reading alone where asked, with times and bytes printed in one way.
    static func open(
        _ text: ConnectionText, connectSeconds: Int, isReadOnly: Bool, deadline: Int64 = .max
    ) throws(ReferenceFailure) -> PostgresLink {
        // Those before `dbname` are defaults which the string may overrule, those behind it are not.
        var pairs = [
            ("fallback_application_name", "foretail"), ("connect_timeout", String(max(2, connectSeconds))),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"),
        ]
        if !text.text.isEmpty { pairs.append(("dbname", text.text)) }
        pairs.append(("client_encoding", "UTF8"))
        let keywords = pairs.map { strdup($0.0) }
        let values = pairs.map { strdup($0.1) }
        defer { (keywords + values).forEach { free($0) } }
        let made = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let made else { throw text.failure(.connection, "no memory for a connection") }
        let link = PostgresLink(made, text)
        guard PQstatus(made) == CONNECTION_OK else { throw link.connectFailure() }
        PQsetnonblocking(made, 1)
        PQsetNoticeProcessor(made, { _, _ in }, nil)
        let settings = [
            "SET DateStyle = 'ISO, YMD'", "SET IntervalStyle = 'iso_8601'", "SET bytea_output = 'hex'",
            "SET extra_float_digits = 1", isReadOnly ? "SET default_transaction_read_only = on" : "",
        ]
        let limit = min(deadline, Monotonic.deadline(after: Int64(max(2, connectSeconds)) * 1_000_000))
        _ = try link.run(settings.joined(separator: "; "), deadline: limit)
        return link
    }

    /// Runs statements and waits for their end.
    ///
    /// - Returns: The rows of the last one that had any, as text.
    @discardableResult
    func run(_ sql: String, _ parameter: String? = nil, deadline: Int64) throws(ReferenceFailure) -> [[String?]] {
        var rows: [[String?]] = []
        let isSent: Int32
        if let parameter {
            isSent = withParameter(parameter) { PQsendQueryParams(connection, sql, 1, nil, $0, nil, nil, 0) }
        } else {
            isSent = PQsendQuery(connection, sql)
        }
        guard isSent == 1 else { throw lost() }
        try finish(deadline: deadline) { result in
            guard PQresultStatus(result) == PGRES_TUPLES_OK else { return }
            rows = (0..<PQntuples(result)).map { row in
                (0..<PQnfields(result)).map { column in
                    PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
                }
            }
        }
        return rows
    }

    /// Waits for the results of what was sent, hands each to `body`, and throws the first error among them.
    func finish(deadline: Int64, _ body: (OpaquePointer) -> Void) throws(ReferenceFailure) {
        var failure: ReferenceFailure?
        while true {
            while PQisBusy(connection) == 1 {
                let flushed = PQflush(connection)
                guard flushed >= 0 else { throw lost() }
                try wait(forWriting: flushed == 1, deadline: deadline)
                guard PQconsumeInput(connection) == 1 else { throw lost() }
            }
            guard let result = PQgetResult(connection) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: failure = failure ?? ServerError(result).failure(text)
            default: body(result)
            }
        }
        if let failure { throw failure }
        guard PQstatus(connection) == CONNECTION_OK else { throw lost() }
    }

    /// Begins pipeline mode; false: something is under way.
    func enterPipeline() -> Bool { PQenterPipelineMode(connection) == 1 }

    /// Waits until something can be read, or written where asked.
    private func wait(forWriting isWriting: Bool, deadline: Int64) throws(ReferenceFailure) {
        var descriptor = pollfd(
            fd: socket, events: Int16(POLLIN) | (isWriting ? Int16(POLLOUT) : 0), revents: 0)
        let count = poll(&descriptor, 1, Monotonic.pollMilliseconds(until: deadline))
        if count == 0, deadline <= Monotonic.now() {
            throw text.failure(.timeout, "the server did not answer in time; see to its load, or allow more time")
        }
    }

    /// The failure of a connection that broke off.
    func lost() -> ReferenceFailure {
        text.failure(.connection, "the connection broke off: \(String(cString: PQerrorMessage(connection)))")
    }

    private func connectFailure() -> ReferenceFailure {
        let message = text.plain(String(cString: PQerrorMessage(connection)))
        let remedy =
            message.contains("too many") || message.contains("remaining connection slots")
            ? "raise max_connections of the server, or lower the connections of the store"
            : "see that the server runs, and to host, port, user, password and sslmode of the connection string"
        return ReferenceFailure(.connection, "\(text.place): cannot connect: \(message); \(remedy)")
    }
}

/// Calls something with a text as the only parameter of a statement.
func withParameter<Value>(
    _ parameter: String, _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
    parameter.withCString { pointer in
        withUnsafePointer(to: Optional(pointer)) { body($0) }
    }
}
#endif
