#if Server
public import FieldExtraction
import Foundation
import GRDB

extension Catalogue {
    /// Adds a token.
    ///
    /// - Throws: ``CatalogueFailure``, also where one of this id is there.
    public func addToken(_ token: StoredToken) throws(CatalogueFailure) {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO token (id, name, hash, definition, created, expires, revoked) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.id, token.name, Data(token.hash), token.definition, token.created.microseconds,
                    token.expires?.microseconds, token.revoked?.microseconds,
                ])
        }
    }

    /// All tokens, oldest first, with those that ended or were revoked.
    public func tokens() throws(CatalogueFailure) -> [StoredToken] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, name, hash, definition, created, expires, revoked FROM token ORDER BY created, id
                    """
            ).map { row in
                StoredToken(
                    id: row[0], name: row[1], hash: [UInt8](row[2] as Data), definition: row[3],
                    created: Timestamp(microseconds: row[4]),
                    expires: (row[5] as Int64?).map { Timestamp(microseconds: $0) },
                    revoked: (row[6] as Int64?).map { Timestamp(microseconds: $0) })
            }
        }
    }

    /// Revokes a token. It stays in the list: where there was a token once, one is needed for ever.
    ///
    /// - Returns: Whether it was in force.
    @discardableResult
    public func revokeToken(_ id: String, at time: Timestamp) throws(CatalogueFailure) -> Bool {
        try write { database in
            try database.execute(
                sql: "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL",
                arguments: [time.microseconds, id])
            return database.changesCount > 0
        }
    }

    /// A number that changes when another program has written to the file. Costs no reading of it.
    ///
    /// Source: SQLite, "PRAGMA data_version".
    public func foreignVersion() throws(CatalogueFailure) -> Int64 {
        try read { database in try Int64.fetchOne(database, sql: "PRAGMA data_version") ?? 0 }
    }
}
#endif
