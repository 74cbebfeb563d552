#if Postgres
import FieldExtraction
import Foretail
import Foundation
import Testing

@testable import ForetailPostgres

@Suite("Lookups in PostgreSQL", .enabled(if: PostgresServer.isAvailable), .timeLimit(.minutes(15)))
struct PostgresReferenceStoreTests {
    let server: PostgresServer
    let store: PostgresReferenceStore
    let schema: String

    init() async throws {
        server = try await PostgresServer.shared
        schema = "s" + UUID().uuidString.lowercased().filter { $0 != "-" }
        try server.sql(
            """
            CREATE SCHEMA \(schema);
            CREATE TABLE \(schema).c (id bigint PRIMARY KEY, name text, version int DEFAULT 7);
            INSERT INTO \(schema).c SELECT n, 'n' || n FROM generate_series(1, 2000) AS n;
            """)
        store = try server.store()
    }

    private var one: ReferenceQuery { ReferenceQuery("SELECT id, name FROM \(schema).c WHERE id = $1") }
    private var many: ReferenceQuery { ReferenceQuery("SELECT id, name FROM \(schema).c WHERE id = ANY($1)") }

    @Test("Types keep their kinds, and all else is a string")
    func types() async throws {
        let query = ReferenceQuery(
            """
            SELECT $1::int AS k, 9007199254740993::bigint AS big, 0.1::float8 AS f, 1e300::float8 AS large,
              'NaN'::float8 AS nan, '-Infinity'::float4 AS inf, 12345678901234567890.120::numeric AS num, true AS yes,
              false AS no, NULL::int AS nothing, E'{\\n"a" : [1,\\r\\n2]}'::json AS j, '{"b": "x\\n"}'::jsonb AS jb,
              'a"b' || chr(10) || 'ü' AS t, '\\x00ff'::bytea AS bytes, '2026-01-02 03:04:05+00'::timestamptz AT TIME ZONE 'UTC' AS ts,
              ARRAY[1,2] AS arr, '6f1c1c0e-0000-4000-8000-000000000000'::uuid AS u, interval '90 minutes' AS i, 'v9' AS version
            """)
        try await store.check(query)
        let rows = try await store.fetch(query, keys: ["5"], timeoutMicroseconds: 5_000_000)[0].get()
        let text = String(decoding: rows.json, as: UTF8.self)
        #expect(
            text == #"""
                [{"k":5,"big":9007199254740993,"f":0.1,"large":1e+300,"nan":"NaN","inf":"-Infinity","num":12345678901234567890.120,"yes":true,"no":false,"nothing":null,"j":{ "a" : [1,  2]},"jb":{"b": "x\n"},"t":"a\"b\nü","bytes":"\\x00ff","ts":"2026-01-02 03:04:05","arr":"{1,2}","u":"6f1c1c0e-0000-4000-8000-000000000000","i":"PT1H30M","version":"v9"}]
                """#)
        #expect(throws: Never.self) { try JSONValue(parsing: rows.json) }
        #expect(rows.version == "v9" && rows.count == 1 && !rows.isCut)
    }

    @Test("Answers stand in the order of the keys, with one key for each query or many", arguments: [false, true])
    func order(_ isBatch: Bool) async throws {
        let keys = (0..<1500).map { String(($0 * 7919) % 2500) }
        let expected = keys.map { Int($0)! >= 1 && Int($0)! <= 2000 ? #"[{"id":\#($0),"name":"n\#($0)"}]"# : "[]" }
        for _ in 0..<3 { #expect(try await store.texts(isBatch ? many : one, keys) == expected) }
    }

    @Test("Many fetches at once each get their own", arguments: [false, true])
    func concurrent(_ isBatch: Bool) async throws {
        let (store, query) = (store, isBatch ? many : one)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for first in 0..<40 {
                group.addTask {
                    for round in 0..<10 {
                        let keys = (1...20).map { String((first * 37 + round * 101 + $0) % 2000 + 1) }
                        let expected = keys.map { #"[{"id":\#($0),"name":"n\#($0)"}]"# }
                        guard try await store.texts(query, keys) == expected else { return false }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(store.status.connections >= 1 && store.status.connections <= 4)
    }

    @Test("A key that is no value of the type has no rows, and its neighbours have theirs", arguments: [false, true])
    func badKeys(_ isBatch: Bool) async throws {
        let long = String(repeating: "9", count: 1 << 20)
        let keys = [
            "1", "abc", "2", "", "99999999999999999999", "3", "1; DROP TABLE c", "' OR 1=1 --", "4\0", "\0", "{1,2}",
            "\"",
            "\\", long, "\u{FFFD}", "NULL", "5",
        ]
        let answers = try await store.texts(isBatch ? many : one, keys)
        for (key, answer) in zip(keys, answers) {
            #expect(
                answer == (key.count == 1 && Int(key) != nil ? #"[{"id":\#(key),"name":"n\#(key)"}]"# : "[]"), "\(key)")
        }
        #expect(try server.sql("SELECT count(*) FROM \(schema).c") == [["2000"]])
    }

    @Test("Text keys are compared as they are", arguments: ["= $1", "= ANY($1)"])
    func textKeys(_ condition: String) async throws {
        let keys = [
            "plain", "a'b", "a\"b", "a\\b", "{x,y}", "NULL", "", " ", "ü\u{1F600}", "$1", "'; DROP TABLE t; --",
        ]
        try server.sql("CREATE TABLE \(schema).t (k text, v int)")
        for (place, key) in keys.enumerated() {
            try server.sql("INSERT INTO \(schema).t VALUES (\(PostgresName.literal(key)), \(place))")
        }
        let query = ReferenceQuery("SELECT k, v FROM \(schema).t WHERE k \(condition)")
        try await store.check(query)
        let answers = try await store.fetch(query, keys: keys + ["plain "], timeoutMicroseconds: 5_000_000)
        for place in keys.indices { #expect(answers[place].text.hasSuffix("\"v\":\(place)}]"), "\(keys[place])") }
        #expect(answers.last?.text == "[]")
    }

    @Test("Keys spelled otherwise than the server prints them find their rows in a batch as well")
    func spelling() async throws {
        let keys = ["42", "042", " 42", "+42", "43", "-0"]
        let text = #"[{"id":42,"name":"n42"}]"#
        #expect(try await store.texts(many, keys) == [text, text, text, text, #"[{"id":43,"name":"n43"}]"#, "[]"])
        let numbers = ReferenceQuery("SELECT id::numeric AS n FROM \(schema).c WHERE id::numeric = ANY($1)")
        #expect(
            try await store.texts(numbers, ["1", "1.0", "2e0", "x", "9999"]) == [
                "[{\"n\":1}]", "[{\"n\":1}]", "[{\"n\":2}]", "[]", "[]",
            ])
    }

    @Test("Rows beyond the limit are cut, in the query's order", arguments: ["= $1", "= ANY($1)"])
    func rowLimit(_ condition: String) async throws {
        try server.sql(
            """
            CREATE TABLE \(schema).o (k int, n int);
            INSERT INTO \(schema).o SELECT 1, n FROM generate_series(1, 10000) AS n;
            INSERT INTO \(schema).o SELECT 2, n FROM generate_series(1, 3) AS n;
            """)
        let query = ReferenceQuery("SELECT k, n FROM \(schema).o WHERE k \(condition) ORDER BY n DESC", rowLimit: 3)
        let rows = try await store.fetch(query, keys: ["1", "2", "3"], timeoutMicroseconds: 5_000_000).map {
            try $0.get()
        }
        #expect(rows.map(\.count) == [3, 3, 0] && rows.map(\.isCut) == [true, false, false])
        #expect(String(decoding: rows[0].json, as: UTF8.self).hasPrefix(#"[{"k":1,"n":10000},{"k":1,"n":9999}"#))
    }

    @Test("What is larger than may be fails for its key alone", arguments: ["= $1", "= ANY($1)"])
    func tooLarge(_ condition: String) async throws {
        try server.sql(
            """
            CREATE TABLE \(schema).b (k int, t text);
            INSERT INTO \(schema).b VALUES (1, 'small'), (2, repeat('x', 3000000)), (3, 'also'), (4, repeat('y', 300000));
            """)
        let store = try server.store {
            $0.answerBytes = 1 << 20; $0.rowBytes = 100_000
        }
        let query = ReferenceQuery("SELECT k, t FROM \(schema).b WHERE k \(condition)")
        let answers = try await store.texts(query, ["1", "2", "3", "4"])
        #expect(answers == [#"[{"k":1,"t":"small"}]"#, "answer", #"[{"k":3,"t":"also"}]"#, "answer"])
        #expect(try await store.texts(query, ["1"]).first == #"[{"k":1,"t":"small"}]"#)
    }

    @Test(
        "What cannot be a lookup's query is refused, with the reason",
        arguments: [
            ("SELECT * FROM missing WHERE id = $1", "missing"), ("SELECT 1 AS x", "no parameter"), ("", "empty"),
            ("  ", "empty"),
            ("SELECT $1::int AS a, $2::int AS b", "2 parameters"), ("SELECT $1::int AS a, 2 AS a", "named 'a'"),
            ("INSERT INTO {T} VALUES ($1) RETURNING id", "writes nothing"),
            ("DELETE FROM {T} WHERE id = $1", "no columns"),
            ("SELECT id FROM {T} WHERE id = $1; SELECT 1", "multiple commands"),
            ("SELECT id FROM {T} WHERE id = $1; DROP TABLE {T}", "multiple commands"),
            ("WITH d AS (DELETE FROM {T} WHERE id = $1 RETURNING id) SELECT id FROM d", "writes nothing"),
            ("SELECT id FROM {T} WHERE id = $1 FOR UPDATE", "only read"),
            ("SELECT nosuch FROM {T} WHERE id = $1", "nosuch"),
            ("SELEC", "syntax error"), ("SELECT name, id FROM {T} WHERE id = ANY($1)", "first column"),
            ("SELECT '\0' || $1", "zero byte"),
            ("SELECT 1) AS x; DROP TABLE {T}; SELECT * FROM (SELECT $1::int", "syntax error"),
        ])
    func refused(_ query: String, _ reason: String) async throws {
        try server.sql("CREATE TABLE \(schema).nextable (id bigint, name text)")
        let table = "\(schema).nextable"
        let text = query.replacingOccurrences(of: "{T}", with: table)
        let failure = await store.refusal(text)
        #expect(failure?.kind == .query && failure?.message.contains(reason) == true, "\(String(describing: failure))")
        #expect(failure?.message.contains("store 'test'") == true)
    }

    @Test("Queries with a semicolon or a comment at the end are as good as others")
    func ends() async throws {
        for end in ["", ";", " ; \n", "-- comment", "/* c */"] {
            let query = ReferenceQuery(one.text + " " + end)
            try await store.check(query)
            #expect(try await store.texts(query, ["1"]) == [#"[{"id":1,"name":"n1"}]"#])
        }
    }

    @Test("An error while a key's query runs is that key's own", arguments: ["= $1", "= ANY($1)"])
    func ownErrors(_ condition: String) async throws {
        let query = ReferenceQuery("SELECT id, 1 / (id - 3) AS q FROM \(schema).c WHERE id \(condition)")
        let keys = (1...100).map(String.init)
        let answers = try await store.texts(query, keys)
        #expect(answers[2] == "answer")
        for key in 4...100 { #expect(answers[key - 1] == #"[{"id":\#(key),"q":\#(1 / (key - 3))}]"#) }
        await #expect(throws: ReferenceFailure.self) { try await store.texts(query, ["3"]) }
    }

    @Test("A function that writes is stopped by the server")
    func writingFunction() async throws {
        try server.sql(
            """
            CREATE TABLE \(schema).w (n int);
            CREATE FUNCTION \(schema).write(k int) RETURNS int LANGUAGE sql AS 'INSERT INTO \(schema).w VALUES (k) RETURNING n';
            """)
        let query = ReferenceQuery("SELECT \(schema).write($1) AS n")
        let failure = await #expect(throws: ReferenceFailure.self) { try await store.texts(query, ["1"]) }
        #expect(failure?.kind == .query)
        #expect(try server.sql("SELECT count(*) FROM \(schema).w") == [["0"]])
    }

    @Test("A table that changes its columns, goes and comes back is followed")
    func changedTable() async throws {
        let query = ReferenceQuery("SELECT * FROM \(schema).c WHERE id = $1")
        #expect(try await store.texts(query, ["1"]) == [#"[{"id":1,"name":"n1","version":7}]"#])
        try server.sql("ALTER TABLE \(schema).c ADD COLUMN more text DEFAULT 'm'")
        #expect(try await store.texts(query, ["1"]) == [#"[{"id":1,"name":"n1","version":7,"more":"m"}]"#])
        try server.sql("DROP TABLE \(schema).c")
        let failure = await #expect(throws: ReferenceFailure.self) { try await store.texts(query, ["1", "2"]) }
        #expect(failure?.kind == .query)
        try server.sql("CREATE TABLE \(schema).c (id text); INSERT INTO \(schema).c VALUES ('1')")
        #expect(try await store.texts(query, ["1", "x"]) == [#"[{"id":"1"}]"#, "[]"])
    }
}
#endif
