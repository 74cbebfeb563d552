#if Postgres
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailPostgres

@Suite("A PostgreSQL server in trouble", .enabled(if: PostgresServer.isAvailable), .timeLimit(.minutes(15)))
struct PostgresFaultTests {
    private let number = ReferenceQuery("SELECT $1::int AS n")

    @Test("A hung query ends at its time, and the connections serve on", arguments: ["= $1", "= ANY($1)"])
    func hung(_ condition: String) async throws {
        let server = try await PostgresServer.shared
        let store = try server.store { $0.connections = 1 }
        let query = ReferenceQuery(
            """
            SELECT n, CASE WHEN n = 13 THEN pg_sleep(60)::text END AS s FROM generate_series(1, 20) AS n WHERE n \(condition)
            """)
        try await store.check(query)
        _ = try await store.texts(query, ["1"])
        let start = Monotonic.now()
        let keys = (1...20).map(String.init)
        let answers = try? await store.texts(query, keys, milliseconds: 400)
        let seconds = Double(Monotonic.now() - start) / 1e6
        #expect(seconds < 30, "a query that sleeps for 60 s took \(seconds) s of 400 ms")
        if let answers {
            #expect(answers[12] == "timeout")
            #expect(answers[0] == "[{\"n\":1,\"s\":null}]")
        }
        #expect(try await store.texts(query, ["1", "2"]) == [#"[{"n":1,"s":null}]"#, #"[{"n":2,"s":null}]"#])
    }

    @Test("Fetches with different times each keep to theirs, over one connection")
    func times() async throws {
        let server = try await PostgresServer.shared
        let store = try server.store { $0.connections = 1 }
        let sleep = ReferenceQuery("SELECT pg_sleep($1::float8)::text AS s")
        #expect(try await store.texts(sleep, ["0.3"], milliseconds: 5_000) == [#"[{"s":""}]"#])
        let failure = await #expect(throws: ReferenceFailure.self) {
            try await store.texts(sleep, ["5"], milliseconds: 100)
        }
        #expect(failure?.kind == .timeout)
        #expect(try await store.texts(sleep, ["0.3"], milliseconds: 5_000) == [#"[{"s":""}]"#])
        try await eventually("the server ended the statement by itself") {
            try server.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()"
            ) == [["0"]]
        }
    }

    @Test("A backend that is terminated is replaced, and its keys are asked again")
    func terminated() async throws {
        let server = try await PostgresServer.make()
        let store = try server.store { $0.connections = 2 }
        #expect(try await store.texts(number, ["1"]) == ["[{\"n\":1}]"])
        for round in 0..<10 {
            try server.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'foretail' AND pid <> pg_backend_pid()"
            )
            let keys = (0..<50).map { String(round * 100 + $0) }
            let answers = try await store.texts(number, keys)
            #expect(answers == keys.map { "[{\"n\":\($0)}]" }, "round \(round): \(answers)")
        }
        await store.close()
    }

    @Test("A backend terminated in the middle of a query: the key is asked again")
    func terminatedMidway() async throws {
        let server = try await PostgresServer.make()
        let store = try server.store { $0.connections = 1 }
        let slow = ReferenceQuery("SELECT $1::int AS n, pg_sleep(1)::text AS s")
        try await store.check(slow)
        async let answer = store.texts(slow, ["7"])
        var ended = 0
        try await eventually("the query runs and is cut") {
            ended += try server.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(1)%' AND pid <> pg_backend_pid()"
            ).count
            return ended > 0
        }
        #expect(try await answer == [#"[{"n":7,"s":""}]"#])
    }

    @Test("A server killed and restarted: errors in between, then answers by itself", arguments: ["fast", "immediate"])
    func restart(_ mode: String) async throws {
        let server = try await PostgresServer.make()
        let store = try server.store()
        #expect(try await store.texts(number, ["1"]) == ["[{\"n\":1}]"])
        let counts = Mutex((right: 0, wrong: 0, failed: 0))
        let stream = Task {
            var next = 0
            while !Task.isCancelled {
                let keys = (0..<16).map { String(next + $0) }
                next += 16
                do {
                    let answers = try await store.texts(number, keys, milliseconds: 500)
                    let isRight = zip(answers, keys).allSatisfy { $0 == "[{\"n\":\($1)}]" || !$0.hasPrefix("[") }
                    counts.withLock { if isRight { $0.right += 1 } else { $0.wrong += 1 } }
                } catch {
                    counts.withLock { $0.failed += 1 }
                    try? await Task.sleep(for: .milliseconds(2))
                }
            }
        }
        try await eventually("answers come") { counts.withLock { $0.right > 20 } }
        try await server.halt(mode)
        try await eventually("errors come") { counts.withLock { $0.failed > 5 } }
        #expect(store.status.failure?.kind == .connection)
        try await server.start()
        let before = counts.withLock { $0.right }
        try await eventually("answers come again") { counts.withLock { $0.right > before + 20 } }
        stream.cancel()
        await stream.value
        #expect(counts.withLock { $0.wrong } == 0)
        #expect(store.status.failure == nil)
        await store.close()
    }

    @Test("At the server's limit of connections the store works with those it has")
    func limit() async throws {
        let server = try await PostgresServer.make(["max_connections=5", "superuser_reserved_connections=0"])
        let store = try server.store()
        try await store.check(number)
        #expect(try await store.texts(number, ["1"]) == ["[{\"n\":1}]"])
        var others: [PostgresLink] = []
        while let link = try? PostgresLink.open(
            ConnectionText(server.connection, subject: "test"), connectSeconds: 5, isReadOnly: false)
        {
            others.append(link)
        }
        #expect(!others.isEmpty)
        let keys = (0..<2_000).map(String.init)
        for _ in 0..<3 { #expect(try await store.texts(number, keys) == keys.map { "[{\"n\":\($0)}]" }) }
        let starved = try server.store()
        let failure = await #expect(throws: ReferenceFailure.self) { try await starved.texts(number, ["1"]) }
        #expect(failure?.kind == .connection && failure?.message.contains("max_connections") == true)
        others = []
        try await eventually("the starved store recovers") {
            (try? await starved.texts(number, ["1"])) == ["[{\"n\":1}]"]
        }
    }

    @Test("A server that nobody runs, a wrong database, a wrong password: an error without the password")
    func unreachable() async throws {
        let server = try await PostgresServer.shared
        let texts = [
            "host=127.0.0.1 port=1 user=tester password=hunter2secret dbname=postgres",
            "postgresql://tester:hunter2secret@127.0.0.1:\(server.port)/nosuchdatabase",
            "host=nosuchhost.invalid user=tester password=hunter2secret",
        ]
        for text in texts {
            let store = try PostgresReferenceStore(PostgresSettings(name: "test", connection: text))
            let checked = await store.refusal("SELECT $1::int AS n")
            #expect(checked?.kind == .connection)
            let fetched = await #expect(throws: ReferenceFailure.self) { try await store.texts(number, ["1"]) }
            for message in [checked?.message, fetched?.message] {
                #expect(
                    message?.contains("hunter2") == false && message?.contains("store 'test'") == true,
                    "\(message ?? "")")
            }
        }
    }

    @Test("A server that accepts and says nothing is a timeout")
    func silent() async throws {
        let silent = try SilentServer()
        let store = try PostgresReferenceStore(
            PostgresSettings(name: "test", connection: "host=127.0.0.1 port=\(silent.port) user=x sslmode=disable"))
        let failure = await #expect(throws: ReferenceFailure.self) {
            try await store.texts(number, ["1"], milliseconds: 200)
        }
        #expect(failure?.kind == .timeout)
    }

    @Test("A fetch whose task is cancelled ends at once, and the next ones are right")
    func cancelled() async throws {
        let store = try await PostgresServer.shared.store { $0.connections = 1 }
        let slow = ReferenceQuery("SELECT $1::int AS n, pg_sleep(0.2)::text AS s")
        try await store.check(slow)
        for _ in 0..<5 {
            let task = Task { try await store.texts(slow, ["1", "2"]) }
            task.cancel()
            await #expect(throws: ReferenceFailure.self) { try await task.value }
        }
        #expect(try await store.texts(number, ["5", "6"]) == ["[{\"n\":5}]", "[{\"n\":6}]"])
        await store.close()
        let failure = await #expect(throws: ReferenceFailure.self) { try await store.texts(number, ["1"]) }
        #expect(failure?.kind == .refused)
        #expect(await store.refusal("SELECT $1::int AS n")?.kind == .refused)
        await store.close()
    }
}

/// A socket that accepts connections (the kernel does) and never answers.
final class SilentServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, listen(descriptor, 8) == 0 else { throw PostgresServer.TestFailure("cannot listen") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
#endif
