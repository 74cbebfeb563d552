#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ForetailSQLite

@Suite("Lookups in a SQLite file", .timeLimit(.minutes(10)))
struct SQLiteReferenceStoreTests {
    let folder: TemporaryLog
    let store: SQLiteReferenceStore
    let database: DatabaseQueue

    init() throws {
        folder = try TemporaryLog()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        // The store reads all the time while some of the tests write.
        configuration.busyMode = .timeout(60)
        database = try DatabaseQueue(path: folder.path, configuration: configuration)
        try database.writeWithoutTransaction { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT, version);
                    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 1000)
                    INSERT INTO c SELECT n, 'n' || n, 'v' || n FROM n;
                    """)
        }
        store = SQLiteReferenceStore(SQLiteReferenceSettings(name: "test", path: folder.path))
    }

    private let one = ReferenceQuery("SELECT id, name FROM c WHERE id = ?1")

    private func texts(_ query: ReferenceQuery, _ keys: [String]) async throws -> [String] {
        try await store.fetch(query, keys: keys, timeoutMicroseconds: 10_000_000).map { answer in
            switch answer {
            case .success(let rows): String(decoding: rows.json, as: UTF8.self)
            case .failure(let failure): "\(failure.kind)"
            }
        }
    }

    private func refusal(_ query: String) async -> ReferenceFailure? {
        do throws(ReferenceFailure) {
            try await store.check(ReferenceQuery(query))
            return nil
        } catch {
            return error
        }
    }

    private func write(_ sql: String) throws { try database.writeWithoutTransaction { try $0.execute(sql: sql) } }

    @Test("Types keep their kinds; blobs are Base64")
    func types() async throws {
        let query = ReferenceQuery(
            """
            SELECT ?1 AS k, -9223372036854775808 AS i, 3.0 AS r, 1e400 AS inf, NULL AS n, 'a"b' || char(10) || 'ü' AS t,
              x'00FF' AS b, x'' AS e, CAST(x'61FF' AS TEXT) AS bad, 7 AS version
            """)
        try await store.check(query)
        let rows = try await store.fetch(query, keys: ["42"], timeoutMicroseconds: 1_000_000)[0].get()
        #expect(
            String(decoding: rows.json, as: UTF8.self) == #"""
                [{"k":"42","i":-9223372036854775808,"r":3.0,"inf":"Infinity","n":null,"t":"a\"b\nü","b":"AP8=","e":"","bad":"a�","version":7}]
                """#)
        #expect(throws: Never.self) { try JSONValue(parsing: rows.json) }
        #expect(rows.version == "7" && rows.count == 1 && !rows.isCut)
    }

    @Test("Answers stand in the order of the keys; odd keys have no rows and change nothing")
    func order() async throws {
        let keys = [
            "3", "abc", "1", "", "042", "99999999999999999999", "1; DROP TABLE c", "' OR 1=1 --", "4\0", "\0", "5",
        ]
        let row = { (id: Int) in #"[{"id":\#(id),"name":"n\#(id)"}]"# }
        #expect(
            try await texts(one, keys) == [row(3), "[]", row(1), "[]", row(42), "[]", "[]", "[]", "[]", "[]", row(5)])
        let long = String(repeating: "9", count: 1 << 20)
        let many = (1...300).map(String.init)
        #expect(try await texts(one, [long] + many) == ["[]"] + (1...300).map(row))
        #expect(
            try await texts(ReferenceQuery("SELECT count(*) AS n, ?1 AS k FROM c"), ["x"]) == [#"[{"n":1000,"k":"x"}]"#]
        )
    }

    @Test("All keys of a fetch are read as they were at one moment, while another writes")
    func snapshot() async throws {
        try write(
            "CREATE TABLE v (id INTEGER PRIMARY KEY, n INTEGER); WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 50) INSERT INTO v SELECT n, 0 FROM n"
        )
        let database = database
        let writing = Task.detached {
            while !Task.isCancelled { try database.write { try $0.execute(sql: "UPDATE v SET n = n + 1") } }
        }
        let keys = (1...50).map(String.init)
        for _ in 0..<200 {
            #expect(Set(try await texts(ReferenceQuery("SELECT n FROM v WHERE id = ?1"), keys)).count == 1)
        }
        writing.cancel()
        _ = try await writing.value
    }

    @Test("Rows beyond the limits are cut, or fail where the first is too large")
    func limits() async throws {
        try write("CREATE TABLE o (k, n)")
        try write("INSERT INTO o SELECT 'a', id FROM c; INSERT INTO o VALUES ('b', zeroblob(2000000)), ('c', 1)")
        let query = ReferenceQuery("SELECT n FROM o WHERE k = ?1 ORDER BY n DESC", rowLimit: 2)
        let answers = try await store.fetch(query, keys: ["a", "b", "c"], timeoutMicroseconds: 5_000_000)
        let first = try answers[0].get()
        #expect(String(decoding: first.json, as: UTF8.self) == #"[{"n":1000},{"n":999}]"# && first.isCut)
        #expect(throws: ReferenceFailure.self) { try answers[1].get() }
        #expect(try answers[2].get().isCut == false)
    }

    @Test(
        "What cannot be a lookup's query is refused, with the reason",
        arguments: [
            ("SELECT * FROM missing WHERE id = ?1", "missing"), ("SELECT 1 AS x", "no parameter"), ("", "empty"),
            ("-- x", "empty"),
            ("SELECT ?1 AS a, ?2 AS b", "2 parameters"), ("SELECT ?1 AS a, 2 AS a", "named 'a'"),
            ("SELECT ?5 AS a", "5 parameters"),
            ("INSERT INTO c VALUES (?1, 1, 1) RETURNING id", "more than read"),
            ("DELETE FROM c WHERE id = ?1", "more than read"),
            ("SELECT id FROM c WHERE id = ?1; SELECT 1", "several"),
            ("SELECT id FROM c WHERE id = ?1; DROP TABLE c", "several"),
            ("SELECT id FROM c WHERE id = ?1; nonsense", "several"), ("PRAGMA journal_mode = DELETE", "more than read"),
            ("ATTACH ?1 AS other", "more than read"), ("BEGIN", "more than read"),
            ("SELECT nosuch FROM c WHERE id = ?1", "nosuch"),
            ("SELEC", "syntax error"), ("SELECT '\0' || ?1 AS a", "zero byte"),
            ("SELECT load_extension(?1) AS a", "not authorized"),
        ])
    func refused(_ query: String, _ reason: String) async throws {
        let failure = await refusal(query)
        #expect(failure?.kind == .query && failure?.message.contains(reason) == true, "\(String(describing: failure))")
        #expect(failure?.message.contains("store 'test'") == true)
    }

    @Test("Queries with a semicolon or a comment at the end are as good as others")
    func ends() async throws {
        for end in ["", ";", " ; \n", "-- comment", "; /* c */"] { #expect(await refusal(one.text + " " + end) == nil) }
    }

    @Test("A query without end is ended at its time; keys before it have their rows, and the next fetch is right")
    func endless() async throws {
        let query = ReferenceQuery(
            """
            SELECT CASE WHEN ?1 = '2' THEN
              (WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n) ELSE 0 END AS x
            """)
        // That it returns is what is tested: the query does not end.
        let answers = try await store.fetch(query, keys: ["1", "2", "3"], timeoutMicroseconds: 200_000)
        #expect(try answers[0].get().count == 1)
        for answer in answers[1...] {
            let failure = #expect(throws: ReferenceFailure.self) { try answer.get() }
            #expect(failure?.kind == .timeout)
        }
        #expect(try await texts(one, ["7"]) == [#"[{"id":7,"name":"n7"}]"#])
    }

    @Test("A file that another holds is waited for, as long as there is time")
    func busy() async throws {
        try write("PRAGMA journal_mode = DELETE")
        try write("BEGIN EXCLUSIVE")
        let failure = await #expect(throws: ReferenceFailure.self) {
            try await store.fetch(one, keys: ["1"], timeoutMicroseconds: 50_000)
        }
        #expect(failure?.kind == .timeout && failure?.message.contains("another program") == true)
        async let waiting = texts(one, ["1"])
        try await Task.detached { [database] in try database.writeWithoutTransaction { try $0.execute(sql: "COMMIT") } }
            .value
        #expect(try await waiting == [#"[{"id":1,"name":"n1"}]"#])
    }

    @Test("A file that goes fails, and one that comes in its place is read")
    func replaced() async throws {
        #expect(try await texts(one, ["1"]) == [#"[{"id":1,"name":"n1"}]"#])
        let other = folder.folder + "/other.sqlite"
        let second = try DatabaseQueue(path: other)
        try await second.writeWithoutTransaction {
            try $0.execute(sql: "CREATE TABLE c (id INTEGER PRIMARY KEY, name); INSERT INTO c VALUES (1, 'other')")
        }
        try second.close()
        try database.close()
        try FileManager.default.removeItem(atPath: folder.path)
        let failure = await #expect(throws: ReferenceFailure.self) { try await texts(one, ["1"]) }
        #expect(failure?.kind == .connection && failure?.message.contains("no such file") == true)
        try? FileManager.default.removeItem(atPath: folder.path + "-wal")
        try? FileManager.default.removeItem(atPath: folder.path + "-shm")
        try FileManager.default.moveItem(atPath: other, toPath: folder.path)
        #expect(try await texts(one, ["1"]) == [#"[{"id":1,"name":"other"}]"#])
        try Data("not a database, but long enough to look like one".utf8).write(
            to: URL(fileURLWithPath: folder.path), options: .atomic)
        let damaged = await #expect(throws: ReferenceFailure.self) { try await texts(one, ["1"]) }
        #expect(damaged?.kind == .connection && damaged?.message.contains("no SQLite file") == true)
    }

    @Test("A table that changes, goes and comes back is followed")
    func changedTable() async throws {
        let query = ReferenceQuery("SELECT * FROM c WHERE id = ?1")
        #expect(try await texts(query, ["1"]) == [#"[{"id":1,"name":"n1","version":"v1"}]"#])
        try write("ALTER TABLE c ADD COLUMN more DEFAULT 'm'")
        #expect(try await texts(query, ["1"]) == [#"[{"id":1,"name":"n1","version":"v1","more":"m"}]"#])
        try write("DROP TABLE c")
        let failure = await #expect(throws: ReferenceFailure.self) { try await texts(query, ["1"]) }
        #expect(failure?.kind == .query)
        try write("CREATE TABLE c (id INTEGER, x); INSERT INTO c VALUES (1, 2)")
        #expect(try await texts(query, ["1"]) == [#"[{"id":1,"x":2}]"#])
    }

    private final class Count: Sendable {
        private let number = Mutex(0)
        var value: Int { number.withLock { $0 } }
        func add(_ more: Int) { number.withLock { $0 += more } }
    }

    @Test("Commits and replaced files are told of; silence is not")
    func notices() async throws {
        var settings = SQLiteReferenceSettings(name: "test", path: folder.path)
        settings.watchMicroseconds = 5_000
        let store = SQLiteReferenceStore(settings)
        let count = Count()
        let task = Task { await store.follow { count.add($0 == .everything ? 1 : 100) } }
        func wait(for number: Int) async throws {
            while count.value < number { try await Task.sleep(for: .milliseconds(1)) }
        }
        try await wait(for: 2)
        for round in 1...5 {
            try write("UPDATE c SET name = 'r\(round)'")
            try await wait(for: 2 + round)
        }
        let other = folder.folder + "/other.sqlite"
        try database.backup(to: DatabaseQueue(path: other))
        let before = count.value
        try FileManager.default.removeItem(atPath: folder.path)
        try FileManager.default.moveItem(atPath: other, toPath: folder.path)
        try await wait(for: before + 1)
        task.cancel()
        await task.value
    }

    @Test("A closed store refuses")
    func closed() async throws {
        _ = try await texts(one, ["1"])
        await store.close()
        let failure = await #expect(throws: ReferenceFailure.self) { try await texts(one, ["1"]) }
        #expect(failure?.kind == .refused)
    }
}
#endif
