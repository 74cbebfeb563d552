#if Server
import FieldExtraction
import Foundation
import GRDB

extension Catalogue {
    /// Stores the snapshot of a stream in the place of the one before.
    ///
    /// - Complexity: O(bytes), on the disk twice.
    public func putSnapshot(_ snapshot: StoredSnapshot, of stream: String) throws(CatalogueFailure) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO snapshot (stream, partition, epoch, sequence, time, data)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [stream] + Catalogue.arguments(snapshot.position)
                    + [snapshot.time.microseconds, Data(snapshot.bytes)])
        }
    }

    /// The snapshot of a stream; nil where there is none. It is not checked: it has a checksum of its own.
    public func snapshot(of stream: String) throws(CatalogueFailure) -> StoredSnapshot? {
        try read { database in
            try Row.fetchOne(
                database, sql: "SELECT partition, epoch, sequence, time, data FROM snapshot WHERE stream = ?",
                arguments: [stream]
            ).map { row in
                StoredSnapshot(
                    bytes: [UInt8](row[4] as Data), position: Catalogue.position(row, at: 0),
                    time: Timestamp(microseconds: row[3]))
            }
        }
    }

    /// Removes the snapshot of a stream.
    public func removeSnapshot(of stream: String) throws(CatalogueFailure) {
        try write { database in
            try database.execute(sql: "DELETE FROM snapshot WHERE stream = ?", arguments: [stream])
        }
    }
}
#endif
