#if Postgres
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailPostgres

@Suite("Change notices of PostgreSQL", .enabled(if: PostgresServer.isAvailable), .timeLimit(.minutes(15)))
struct PostgresNoticeTests {
    /// What a task that follows has received.
    final class Follower: Sendable {
        private let notices = Mutex<[ReferenceNotice]>([])
        private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

        init(_ store: PostgresReferenceStore) {
            let task = Task { await store.follow { notice in self.notices.withLock { $0.append(notice) } } }
            self.task.withLock { $0 = task }
        }

        func take() -> [ReferenceNotice] {
            notices.withLock { notices in
                defer { notices = [] }
                return notices
            }
        }

        func end() async {
            let task = task.withLock { $0 }
            task?.cancel()
            await task?.value
        }

        /// Takes notices until the last one expected has come.
        func take(through last: ReferenceNotice) async throws -> [ReferenceNotice] {
            var all: [ReferenceNotice] = []
            try await eventually("\(last) comes") {
                all += take()
                return all.contains(last)
            }
            return all
        }
    }

    private func payload(_ text: String) -> ReferenceNotice { text.withCString { NoticePayload.notice($0) } }

    @Test("Payloads name a key, or say that anything may have changed")
    func payloads() {
        #expect(payload(#"{"table":"customers","key":"42"}"#) == .key("42"))
        #expect(payload(#"{"key":"a\"\u00fc"}"#) == .key("a\"ü"))
        #expect(payload(#"{"key":42}"#) == .key("42"))
        for text in [
            "", "x", "{", #"{"table":"c"}"#, #"{"key":null}"#, #"{"key":{"a":1}}"#, "42", "[]", #"{"key":true}"#,
        ] {
            #expect(payload(text) == .everything, "\(text)")
        }
    }

    @Test("A change reaches the follower after its commit, and one that was rolled back never does")
    func commits() async throws {
        let server = try await PostgresServer.make()
        let follower = Follower(try server.store())
        #expect(try await follower.take(through: .everything) == [.everything])
        try server.sql(#"BEGIN; SELECT pg_notify('foretail', '{"key":"rolled back"}'); ROLLBACK"#)
        try server.sql(#"BEGIN; SELECT pg_notify('foretail', '{"key":"1"}'); SELECT pg_notify('other', 'x'); COMMIT"#)
        try server.sql(#"SELECT pg_notify('foretail', '{"key":"2"}')"#)
        #expect(try await follower.take(through: .key("2")) == [.key("1"), .key("2")])
        await follower.end()
        try await eventually("the connection is closed") {
            try server.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'foretail' AND pid <> pg_backend_pid()")
                == [["0"]]
        }
    }

    @Test("After a cut connection and after a restart of the server anything may have changed")
    func reconnect() async throws {
        let server = try await PostgresServer.make()
        let store = try server.store()
        let follower = Follower(store)
        _ = try await follower.take(through: .everything)
        try server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        #expect(try await follower.take(through: .everything) == [.everything])
        try server.sql(#"SELECT pg_notify('foretail', '{"key":"1"}')"#)
        _ = try await follower.take(through: .key("1"))
        try await server.halt()
        try await eventually("the store says so") { !store.status.isListening && store.status.noticeFailure != nil }
        try await server.start()
        #expect(try await follower.take(through: .everything) == [.everything])
        #expect(store.status.isListening)
        await follower.end()
    }

    @Test("A half-dead connection is noticed")
    func halfDead() async throws {
        let server = try await PostgresServer.make()
        let store = try server.store { $0.keepAliveMicroseconds = 200_000 }
        let follower = Follower(store)
        _ = try await follower.take(through: .everything)
        // Longer than two signs of life, with nothing else going on: the connection stays.
        func processes() throws -> Set<pid_t> {
            let rows = try server.sql(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'foretail' AND pid <> pg_backend_pid()")
            return Set(rows.compactMap { $0[0].flatMap { pid_t($0) } })
        }
        // On a busy machine one that was given up may still be there: all of them stop.
        let stopped = try processes()
        try #require(!stopped.isEmpty)
        for process in stopped { kill(process, SIGSTOP) }
        // Its end is told by what follows: the store listens again at once, and may never be seen without a connection.
        try await eventually("another connection listens") { try !processes().subtracting(stopped).isEmpty }
        #expect(try await follower.take(through: .everything).contains(.everything))
        for process in stopped { kill(process, SIGCONT) }
        await follower.end()
    }

    @Test("More notices than can wait become one for everything")
    func flood() {
        let mailbox = NoticeMailbox()
        mailbox.put([.key("1"), .key("2")])
        #expect(mailbox.take() == [.key("1"), .key("2")])
        mailbox.put((0...NoticeMailbox.limit).map { .key(String($0)) })
        mailbox.put([.key("x")])
        #expect(mailbox.take() == [.everything, .key("x")])
        mailbox.put([.key("1"), .everything, .key("2")])
        #expect(mailbox.take() == [.everything, .key("2")])
        #expect(mailbox.take() == [])
    }
}
#endif
