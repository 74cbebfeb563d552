#if Server
import Foretail
import GRDBSQLite

/// The file of a store with what is open of it. Touched only by jobs of the store's thread, one after the other.
final class SQLiteReferenceReader: @unchecked Sendable {
    private let settings: SQLiteReferenceSettings
    private var file: SQLiteReferenceFile?
    private var isClosed = false

    init(_ settings: SQLiteReferenceSettings) { self.settings = settings }

    private var place: String { "store '\(settings.name)', \(settings.path)" }

    /// Checks a query anew.
    func check(_ query: ReferenceQuery) throws(ReferenceFailure) {
        let file = try current(deadline: SQLiteDeadline.after(settings.checkMicroseconds))
        _ = try SQLiteReferenceStatement(query, file)
    }

    /// Reads the rows of all keys in one transaction: all as they were at one moment.
    func rows(
        _ query: ReferenceQuery, _ keys: [String], deadline: Int64
    ) throws(ReferenceFailure) -> [Result<ReferenceRows, ReferenceFailure>] {
        guard deadline > SQLiteDeadline.now() else {
            throw ReferenceFailure(.timeout, "\(place): other fetches took all the time; allow more")
        }
        let file = try current(deadline: deadline)
        let statement: SQLiteReferenceStatement
        do {
            statement = try file.statement(query)
            try file.run("BEGIN")
        } catch {
            if error.kind == .connection { self.file = nil }
            throw error
        }
        defer { sqlite3_exec(file.database, "ROLLBACK", nil, nil, nil) }
        var answers: [Result<ReferenceRows, ReferenceFailure>] = []
        answers.reserveCapacity(keys.count)
        var last: ReferenceFailure?
        for key in keys {
            if let last {
                answers.append(.failure(last))
                continue
            }
            do {
                answers.append(.success(try statement.rows(key, rowBytes: settings.rowBytes)))
            } catch {
                answers.append(.failure(error))
                // What concerns more than the key ends the fetch.
                if error.kind == .timeout || error.kind == .connection { last = error }
                if error.kind == .connection { self.file = nil }
            }
        }
        guard answers.contains(where: { if case .success = $0 { true } else { false } }) else {
            if case .failure(let failure)? = answers.first { throw failure }
            return []
        }
        return answers
    }

    func close() {
        isClosed = true
        file = nil
    }

    /// The file that the path leads to now, opened anew where it is another one.
    private func current(deadline: Int64) throws(ReferenceFailure) -> SQLiteReferenceFile {
        guard !isClosed else { throw ReferenceFailure(.refused, "\(place): the store is closed") }
        if let file, file.isCurrent(settings.path) {
            file.setDeadline(deadline)
            return file
        }
        file = nil
        let opened = try SQLiteReferenceFile(path: settings.path, place: place, deadline: deadline)
        file = opened
        return opened
    }
}
#endif
