#if Postgres
import Foretail
import Foundation
import Testing

@testable import ForetailPostgres

@Suite("Triggers that tell of changes", .enabled(if: PostgresServer.isAvailable), .timeLimit(.minutes(15)))
struct PostgresWatchTests {
    @Test("Every change of a row tells its old and its new key; TRUNCATE and long keys tell of everything")
    func changes() async throws {
        let server = try await PostgresServer.make()
        try server.sql(#"CREATE SCHEMA "Odd.""S"; CREATE TABLE "Odd.""S"."T' $x" ("K""y" text, v int)"#)
        let table = #""Odd.""S"."T' $x""#
        let done = try await PostgresWatch.install(
            connection: server.connection, table: table, keyColumn: #""K""y""#)
        #expect(done.contains("is watched now"))
        let again = try await PostgresWatch.install(connection: server.connection, table: table, keyColumn: #""K""y""#)
        #expect(again.contains("nothing was changed"))
        let follower = PostgresNoticeTests.Follower(try server.store())
        _ = try await follower.take(through: .everything)

        func notices(_ sql: String) async throws -> [ReferenceNotice] {
            try server.sql(sql)
            try server.sql(#"SELECT pg_notify('foretail', '{"key":"the end"}')"#)
            return try await follower.take(through: .key("the end")).filter { $0 != .key("the end") }
        }
        #expect(
            try await notices("INSERT INTO \(table) VALUES ('a', 1), ('b''\"\\', 2), (NULL, 3)") == [
                .key("a"), .key("b'\"\\"),
            ])
        #expect(try await notices(#"UPDATE \#(table) SET "K""y" = 'c' WHERE v = 1"#) == [.key("a"), .key("c")])
        #expect(try await notices("UPDATE \(table) SET v = 9 WHERE v = 1") == [.key("c")])
        #expect(try await notices("DELETE FROM \(table) WHERE v = 9") == [.key("c")])
        #expect(try await notices("BEGIN; DELETE FROM \(table); ROLLBACK") == [])
        #expect(try await notices("INSERT INTO \(table) VALUES (repeat('x', 7900), 1)").count == 1)
        #expect(try await notices("INSERT INTO \(table) VALUES (repeat('x', 8000), 1)") == [.everything])
        #expect(try await notices("INSERT INTO \(table) VALUES (repeat('x', 100000), 1)") == [.everything])
        #expect(try await notices("TRUNCATE \(table)") == [.everything])

        #expect(try await PostgresWatch.status(connection: server.connection).contains("Odd."))
        let changed = try await PostgresWatch.install(connection: server.connection, table: table, keyColumn: nil)
        #expect(changed.contains("is watched anew"))
        #expect(try await notices("INSERT INTO \(table) VALUES ('a', 1), ('b', 2)") == [.everything])
        #expect(try await PostgresWatch.remove(connection: server.connection, table: table).contains("no longer"))
        #expect(try await PostgresWatch.remove(connection: server.connection, table: table).contains("was not"))
        #expect(try await notices("INSERT INTO \(table) VALUES ('a', 1)") == [])
        #expect(try await PostgresWatch.status(connection: server.connection) == "no table is watched")
        #expect(try server.sql("SELECT count(*) FROM pg_proc WHERE proname LIKE 'foretail%'") == [["0"]])
        await follower.end()
    }

    @Test("What cannot be watched is refused, and nothing is left behind")
    func refused() async throws {
        let server = try await PostgresServer.shared
        try server.sql("CREATE TABLE IF NOT EXISTS watchable (id int)")
        let connection = server.connection
        await #expect(throws: ReferenceFailure.self) {
            try await PostgresWatch.install(connection: connection, table: "nosuch", keyColumn: "id")
        }
        await #expect(throws: ReferenceFailure.self) {
            try await PostgresWatch.install(connection: connection, table: "x; DROP TABLE watchable", keyColumn: "id")
        }
        let failure = await #expect(throws: ReferenceFailure.self) {
            try await PostgresWatch.install(connection: connection, table: "watchable", keyColumn: "nosuch")
        }
        #expect(failure?.message.contains("nosuch") == true)
        #expect(try server.sql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'foretail%'") == [["0"]])
        #expect(try server.sql("SELECT count(*) FROM pg_proc WHERE proname LIKE 'foretail%'") == [["0"]])
    }

    @Test("The SQL can be printed instead of run, and run by hand, twice")
    func printed() async throws {
        let server = try await PostgresServer.make()
        try server.sql("CREATE SCHEMA shop; CREATE TABLE shop.customers (id int)")
        let sql = try PostgresWatch.installation(table: "Shop.Customers", keyColumn: "ID")
        #expect(sql.contains(#"ON "shop"."customers""#) && sql.contains(#"NEW."id"::text"#))
        try server.sql(sql)
        try server.sql(sql)
        let again = try await PostgresWatch.install(
            connection: server.connection, table: "shop.customers", keyColumn: "id")
        #expect(again.contains("nothing was changed"))
        try server.sql(try PostgresWatch.removal(table: "shop.customers"))
        #expect(try await PostgresWatch.status(connection: server.connection) == "no table is watched")
    }

    @Test("Names are read as the server reads them")
    func names() throws {
        #expect(try PostgresName("Shop.Customers", what: "table", most: 2).quoted == #""shop"."customers""#)
        #expect(try PostgresName(#""A.b"."c""d""#, what: "table", most: 2).parts == ["A.b", "c\"d"])
        for text in [
            "", "a.b.c", "a b", "1a", "\"a", "\"a\"b", "a.", ".a", "a;b", "a'b", "$a",
            String(repeating: "x", count: 64),
        ] {
            #expect(throws: ReferenceFailure.self, "\(text)") { try PostgresName(text, what: "table", most: 2) }
        }
        #expect(PostgresName.literal("a'b") == "'a''b'" && PostgresName.literal(#"a\'"#) == #" E'a\\'''"#)
    }
}
#endif
