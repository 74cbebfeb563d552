#if Server
import FieldExtraction
import Foundation
import GRDB
import Testing

@testable import ForetailSQLite

@Suite("Tokens in the catalogue")
struct TokenCatalogueTests {
    let folder: TemporaryLog
    let now = Timestamp(microseconds: 1_000_000)

    init() throws { folder = try TemporaryLog() }

    private func open() throws -> Catalogue { try Catalogue(path: folder.path) }

    private func token(_ id: String, created: Int64, expires: Timestamp? = nil) -> StoredToken {
        StoredToken(
            id: id, name: "team", hash: Array(0..<32), definition: #"{"scopes":["read"]}"#,
            created: Timestamp(microseconds: created), expires: expires)
    }

    @Test("Tokens are added, listed and revoked once; those that were revoked stay")
    func tokens() throws {
        let catalogue = try open()
        let (first, second) = (token("tk_b", created: 1, expires: now), token("tk_a", created: 2))
        try catalogue.addToken(second)
        try catalogue.addToken(first)
        #expect(try open().tokens() == [first, second], "oldest first, for another connection too")
        #expect(throws: CatalogueFailure.self) { try catalogue.addToken(first) }
        #expect(try catalogue.revokeToken("tk_b", at: now))
        #expect(try !catalogue.revokeToken("tk_b", at: Timestamp(microseconds: 9)))
        #expect(try !catalogue.revokeToken("tk_c", at: now))
        #expect(try open().tokens().map(\.revoked) == [now, nil])
    }

    @Test("What another program wrote is noticed, and nothing else")
    func foreign() throws {
        let (catalogue, other) = (try open(), try open())
        let before = try catalogue.foreignVersion()
        try catalogue.addToken(token("tk_a", created: 1))
        #expect(try catalogue.foreignVersion() == before)
        try other.addToken(token("tk_b", created: 2))
        let after = try catalogue.foreignVersion()
        #expect(after != before)
        #expect(try catalogue.foreignVersion() == after)
    }

    @Test("Streams and tail requests keep their tenants")
    func owners() throws {
        let catalogue = try open()
        try catalogue.putStream(StoredStream(name: "a", descriptor: "{}", created: now, owner: "team"))
        try catalogue.putStream(StoredStream(name: "b", descriptor: "{}", created: now))
        // A new descriptor does not give it to somebody else.
        try catalogue.putStream(StoredStream(name: "a", descriptor: #"{"k":1}"#, created: now, owner: "other"))
        let owned: [(stream: String, definition: String, owner: String?)] = [("a", "{}", "team"), ("b", "{}", nil)]
        _ = try catalogue.addRequests(owned, created: now)
        let again = try open()
        #expect(try again.streams().map(\.owner) == ["team", nil])
        #expect(try again.requests(limit: 10).map(\.owner) == ["team", nil])
        #expect(try again.request(1)?.owner == "team")
    }

    @Test("A catalogue of the version before keeps what it has, and belongs to nobody")
    func migration() throws {
        let path = folder.folder + "/earlier"
        let catalogue = try Catalogue(path: path)
        try catalogue.putStream(StoredStream(name: "a", descriptor: "{}", created: now))
        _ = try catalogue.addRequest(stream: "a", definition: "{}", created: now)
        try catalogue.close()
        try folder.database(path).write { database in
            try database.execute(
                sql: """
                    DROP TABLE token; ALTER TABLE stream DROP COLUMN owner; ALTER TABLE request DROP COLUMN owner;
                    DELETE FROM grdb_migrations WHERE identifier = '3'
                    """)
        }
        let migrated = try Catalogue(path: path)
        #expect(try migrated.streams() == [StoredStream(name: "a", descriptor: "{}", created: now)])
        #expect(try migrated.requests(limit: 9).map(\.owner) == [nil])
        #expect(try migrated.tokens().isEmpty)
    }
}
#endif
