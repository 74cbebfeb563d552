#if Server
public import FieldExtraction
import GRDB

extension Catalogue {
    /// Stores a stream; one of that name keeps when it was created and whose it is, and gets the new descriptor.
    public func putStream(_ stream: StoredStream) throws(CatalogueFailure) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO stream (name, descriptor, created, owner) VALUES (?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET descriptor = excluded.descriptor
                    """,
                arguments: [stream.name, stream.descriptor, stream.created.microseconds, stream.owner])
        }
    }

    /// All streams, by name.
    public func streams() throws(CatalogueFailure) -> [StoredStream] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT name, descriptor, created, owner FROM stream ORDER BY name").map {
                row in
                StoredStream(
                    name: row[0], descriptor: row[1], created: Timestamp(microseconds: row[2]), owner: row[3])
            }
        }
    }

    /// Removes a stream, its snapshot, and the requests of the given numbers with their filters and cursors, all or none.
    ///
    /// - Returns: Whether the stream was there.
    @discardableResult
    public func removeStream(
        _ name: String, requests: [UInt32] = [], at time: Timestamp = Timestamp(microseconds: 0)
    ) throws(CatalogueFailure) -> Bool {
        try write { database in
            for number in requests { _ = try Catalogue.remove(request: number, at: time, database) }
            try database.execute(sql: "DELETE FROM snapshot WHERE stream = ?", arguments: [name])
            try database.execute(sql: "DELETE FROM watched WHERE stream = ?", arguments: [name])
            try database.execute(sql: "DELETE FROM stream WHERE name = ?", arguments: [name])
            return database.changesCount > 0
        }
    }
}
#endif
