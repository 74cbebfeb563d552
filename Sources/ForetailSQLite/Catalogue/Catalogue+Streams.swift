#if Server
import FieldExtraction
import GRDB

extension Catalogue {
    /// Stores a stream; one of that name keeps when it was created and gets the new descriptor.
    public func putStream(_ stream: StoredStream) throws(CatalogueFailure) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO stream (name, descriptor, created) VALUES (?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET descriptor = excluded.descriptor
                    """, arguments: [stream.name, stream.descriptor, stream.created.microseconds])
        }
    }

    /// All streams, by name.
    public func streams() throws(CatalogueFailure) -> [StoredStream] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT name, descriptor, created FROM stream ORDER BY name").map { row in
                StoredStream(name: row[0], descriptor: row[1], created: Timestamp(microseconds: row[2]))
            }
        }
    }

    /// Removes a stream and its snapshot. Its requests stay.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    public func removeStream(_ name: String) throws(CatalogueFailure) -> Bool {
        try write { database in
            try database.execute(sql: "DELETE FROM snapshot WHERE stream = ?", arguments: [name])
            try database.execute(sql: "DELETE FROM stream WHERE name = ?", arguments: [name])
            return database.changesCount > 0
        }
    }
}
#endif
