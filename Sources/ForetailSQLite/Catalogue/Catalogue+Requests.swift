#if Server
public import FieldExtraction
import GRDB

extension Catalogue {
    /// Adds a tail request.
    ///
    /// - Returns: Its number.
    public func addRequest(
        stream: String, definition: String, created: Timestamp
    ) throws(CatalogueFailure) -> UInt32 {
        try addRequests([(stream, definition)], created: created)[0]
    }

    /// Adds many tail requests, all or none.
    ///
    /// - Returns: Their numbers, in order.
    public func addRequests(
        _ requests: [(stream: String, definition: String)], created: Timestamp
    ) throws(CatalogueFailure) -> [UInt32] {
        try addRequests(requests.map { ($0.stream, $0.definition, nil) }, created: created)
    }

    /// Adds many tail requests of tenants, all or none.
    ///
    /// - Returns: Their numbers, in order.
    public func addRequests(
        _ requests: [(stream: String, definition: String, owner: String?)], created: Timestamp
    ) throws(CatalogueFailure) -> [UInt32] {
        try write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT INTO request (stream, definition, created, owner) VALUES (?, ?, ?, ?)")
            var numbers: [UInt32] = []
            numbers.reserveCapacity(requests.count)
            for request in requests {
                try statement.execute(arguments: [
                    request.stream, request.definition, created.microseconds, request.owner,
                ])
                guard let number = UInt32(exactly: database.lastInsertedRowID) else {
                    throw CatalogueFailure(message: "\(path): all numbers of tail requests are used up")
                }
                numbers.append(number)
            }
            return numbers
        }
    }

    /// Replaces the definition of a request in force.
    ///
    /// - Returns: Whether there is one of that number.
    @discardableResult
    public func updateRequest(_ number: UInt32, definition: String) throws(CatalogueFailure) -> Bool {
        try write { database in
            try database.execute(
                sql: "UPDATE request SET definition = ? WHERE number = ? AND removed IS NULL",
                arguments: [definition, number])
            return database.changesCount > 0
        }
    }

    /// The request of a number, removed or not; nil where there was none, or where it was purged.
    public func request(_ number: UInt32) throws(CatalogueFailure) -> StoredRequest? {
        try read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT number, stream, definition, created, removed, owner FROM request WHERE number = ?",
                arguments: [number]
            ).map(Catalogue.request)
        }
    }

    /// Requests in force behind a number, ascending.
    ///
    /// - Complexity: O(limit), and O(removed ones between).
    public func requests(after number: UInt32 = 0, limit: Int) throws(CatalogueFailure) -> [StoredRequest] {
        try read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT number, stream, definition, created, removed, owner FROM request
                    WHERE number > ? AND removed IS NULL ORDER BY number LIMIT ?
                    """, arguments: [number, limit])
            var requests: [StoredRequest] = []
            while let row = try rows.next() { requests.append(Catalogue.request(row)) }
            return requests
        }
    }

    /// Removes a request, and its filters, cursor and watches. Its number is not used again.
    ///
    /// - Returns: Whether it was in force.
    @discardableResult
    public func removeRequest(_ number: UInt32, at time: Timestamp) throws(CatalogueFailure) -> Bool {
        try write { database in try Catalogue.remove(request: number, at: time, database) }
    }

    static func remove(request number: UInt32, at time: Timestamp, _ database: Database) throws -> Bool {
        try database.execute(sql: "DELETE FROM filterChange WHERE request = ?", arguments: [number])
        try database.execute(sql: "DELETE FROM cursor WHERE request = ?", arguments: [number])
        try database.execute(sql: "DELETE FROM watchRecord WHERE request = ?", arguments: [number])
        try database.execute(sql: "DELETE FROM openWatch WHERE request = ?", arguments: [number])
        try database.execute(
            sql: "UPDATE request SET removed = ? WHERE number = ? AND removed IS NULL",
            arguments: [time.microseconds, number])
        return database.changesCount > 0
    }

    /// Forgets requests that were removed before a time. Their numbers are not used again.
    ///
    /// - Returns: How many.
    @discardableResult
    public func purgeRequests(removedBefore time: Timestamp) throws(CatalogueFailure) -> Int {
        try write { database in
            try database.execute(sql: "DELETE FROM request WHERE removed < ?", arguments: [time.microseconds])
            return database.changesCount
        }
    }

    private static func request(_ row: Row) -> StoredRequest {
        StoredRequest(
            number: UInt32(clamping: row[0] as Int64), stream: row[1], definition: row[2],
            created: Timestamp(microseconds: row[3]), removed: (row[4] as Int64?).map { Timestamp(microseconds: $0) },
            owner: row[5])
    }
}
#endif
