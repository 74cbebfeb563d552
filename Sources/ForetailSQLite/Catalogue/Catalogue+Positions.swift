#if Server
public import Foretail
import GRDB

extension Catalogue {
    /// Adds a change of a request's filter behind those there are.
    public func addFilterChange(_ change: StoredFilterChange, of request: UInt32) throws(CatalogueFailure) {
        try addFilterChanges([(request, change)])
    }

    /// Adds changes of many requests' filters, all or none.
    public func addFilterChanges(
        _ changes: [(request: UInt32, change: StoredFilterChange)]
    ) throws(CatalogueFailure) {
        try write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT INTO filterChange (request, partition, epoch, sequence, filter) VALUES (?, ?, ?, ?, ?)")
            for (request, change) in changes {
                try statement.execute(
                    arguments: [request] + Catalogue.arguments(change.position) + [change.filter])
            }
        }
    }

    /// The changes of a request's filter, in the order they were added.
    public func filterChanges(of request: UInt32) throws(CatalogueFailure) -> [StoredFilterChange] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT partition, epoch, sequence, filter FROM filterChange WHERE request = ? ORDER BY id",
                arguments: [request]
            ).map { StoredFilterChange(position: Catalogue.position($0, at: 0), filter: $0[3]) }
        }
    }

    /// All changes of filters, by request; each request's in the order they were added.
    public func filterChanges() throws(CatalogueFailure) -> [UInt32: [StoredFilterChange]] {
        try read { database in
            var changes: [UInt32: [StoredFilterChange]] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT partition, epoch, sequence, filter, request FROM filterChange ORDER BY request, id")
            while let row = try rows.next() {
                changes[UInt32(clamping: row[4] as Int64), default: []].append(
                    StoredFilterChange(position: Catalogue.position(row, at: 0), filter: row[3]))
            }
            return changes
        }
    }

    /// Forgets all changes of a request's filter but the first, which says where it was registered, and the last so many.
    public func trimFilterChanges(of request: UInt32, keeping count: Int) throws(CatalogueFailure) {
        try write { database in
            try database.execute(
                sql: """
                    DELETE FROM filterChange WHERE request = ?1
                    AND id > (SELECT min(id) FROM filterChange WHERE request = ?1)
                    AND id NOT IN (SELECT id FROM filterChange WHERE request = ?1 ORDER BY id DESC LIMIT ?2)
                    """, arguments: [request, count])
        }
    }

    /// Stores how far requests were delivered, all in one transaction.
    public func putCursors(_ cursors: [(request: UInt32, position: Position)]) throws(CatalogueFailure) {
        guard !cursors.isEmpty else { return }
        try write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO cursor (request, partition, epoch, sequence) VALUES (?, ?, ?, ?)")
            for cursor in cursors {
                try statement.execute(arguments: [cursor.request] + Catalogue.arguments(cursor.position))
            }
        }
    }

    /// How far a request was delivered; nil where nothing was stored.
    public func cursor(of request: UInt32) throws(CatalogueFailure) -> Position? {
        try read { database in
            try Row.fetchOne(
                database, sql: "SELECT partition, epoch, sequence FROM cursor WHERE request = ?", arguments: [request]
            ).map { Catalogue.position($0, at: 0) }
        }
    }

    /// How far all requests were delivered.
    public func cursors() throws(CatalogueFailure) -> [UInt32: Position] {
        try read { database in
            var cursors: [UInt32: Position] = [:]
            let rows = try Row.fetchCursor(database, sql: "SELECT request, partition, epoch, sequence FROM cursor")
            while let row = try rows.next() {
                cursors[UInt32(clamping: row[0] as Int64)] = Catalogue.position(row, at: 1)
            }
            return cursors
        }
    }

    static func arguments(_ position: Position) -> StatementArguments {
        [position.partition, position.epoch, Int64(bitPattern: position.sequence)]
    }

    static func position(_ row: Row, at column: Int) -> Position {
        Position(
            partition: UInt32(clamping: row[column] as Int64), epoch: UInt32(clamping: row[column + 1] as Int64),
            sequence: UInt64(bitPattern: row[column + 2] as Int64))
    }
}
#endif
