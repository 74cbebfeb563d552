#if NATS
import Foretail
import Foundation
import Testing

@testable import ForetailNATS

@Suite("A connection", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct NATSConnectionTests {
    @Test("A server that nobody runs is told at once, without the password")
    func nowhere() async throws {
        let failure = await #expect(throws: NATSFailure.self) {
            try await NATSConnection.open(NATSSettings(servers: ["nats://me:hunter2@127.0.0.1:1"]))
        }
        #expect(
            failure?.kind == .connection && failure?.message.contains("127.0.0.1:1") == true,
            "\(String(describing: failure))")
        #expect(failure?.message.contains("hunter2") == false)
    }

    @Test("Users and tokens are checked, and no message shows them")
    func credentials() async throws {
        let server = try await NATSServer.make(1, "authorization { token: hunter2secret }") {
            $0.token = "hunter2secret"
        }
        let connection = try await server.connect { $0.token = "hunter2secret" }
        #expect(connection.state.phase == .connected)
        for token in [nil, "wrong"] {
            let failure = await #expect(throws: NATSFailure.self) { try await server.connect { $0.token = token } }
            #expect(failure?.kind == .authentication, "\(String(describing: failure))")
            #expect(failure?.message.contains("hunter2") == false)
        }
        let users = try await NATSServer.make(1, #"authorization { users: [{ user: me, password: secret1 }] }"#) {
            $0.user = "me"
            $0.password = "secret1"
        }
        #expect(
            try await users.connect {
                $0.user = "me"
                $0.password = "secret1"
            }.state.phase == .connected)
        let failure = await #expect(throws: NATSFailure.self) {
            try await users.connect {
                $0.user = "me"
                $0.password = "secret2"
            }
        }
        #expect(failure?.kind == .authentication)
    }

    @Test("A server that goes and comes back: the state is visible, requests fail clearly, then work again")
    func reconnect() async throws {
        let server = try await NATSServer.make()
        let connection = try await server.connect()
        let jetStream = JetStream(connection)
        try await jetStream.ensureStream(StreamSettings(name: "S", subjects: ["s.*"]))
        server.stop()
        try await eventually("the break is visible") { connection.state.phase == .reconnecting }
        #expect(connection.state.lastError?.kind == .connection && connection.state.server == nil)
        let failure = await #expect(throws: NATSFailure.self) {
            try await jetStream.streamInfo("S", within: 300_000)
        }
        #expect(failure?.kind == .connection && failure?.isTransient == true, "\(String(describing: failure))")
        try server.start()
        try await connection.waitUntilConnected(within: 120_000_000)
        #expect(connection.state.reconnects == 1 && connection.state.server?.contains("127.0.0.1") == true)
        try await eventually("JetStream answers again") {
            (try? await jetStream.streamInfo("S", within: 2_000_000)) != nil
        }
    }

    @Test("A closed connection fails what is asked of it, and closing twice is nothing")
    func closed() async throws {
        let connection = try await NATSServer.shared.connect()
        let waiting = Task {
            try await connection.request(unusedName("nobody."), [])
        }
        let nobody = await #expect(throws: NATSFailure.self) { try await waiting.value }
        #expect(nobody?.kind == .noResponders, "\(String(describing: nobody))")
        await connection.close()
        await connection.close()
        try await eventually("the end is visible") { connection.state.phase == .closed }
        let failure = await #expect(throws: NATSFailure.self) { try await connection.request("a", []) }
        #expect(failure?.kind == .closed, "\(String(describing: failure))")
        var batch = PublishBatch()
        batch.append(subject: "a", payload: [1])
        let results = await JetStream(connection).publish(batch)
        #expect(results.failure?.kind == .closed && results[0] == .notSent)
        await #expect(throws: NATSFailure.self) {
            var reader = MessageReader(JetStream(connection), ReaderSettings(stream: "S"))
            var messages = MessageBatch()
            try await reader.read(into: &messages, waitingAtMost: nil)
        }
    }

    @Test("A server that stands still: a timeout, then answers again; a cancelled task ends its request at once")
    func stopped() async throws {
        let server = try await NATSServer.make()
        let jetStream = try await server.jetStream()
        try await jetStream.ensureStream(StreamSettings(name: "S", subjects: ["s.*"]))
        server.signal(SIGSTOP)
        let failure = await #expect(throws: NATSFailure.self) { try await jetStream.streamInfo("S", within: 300_000) }
        #expect(failure?.kind == .timeout || failure?.kind == .connection, "\(String(describing: failure))")
        let request = Task { try await jetStream.streamInfo("S", within: 3_600_000_000) }
        try await Task.sleep(for: .milliseconds(50))
        request.cancel()
        let cancelled = await #expect(throws: NATSFailure.self) { try await request.value }
        #expect(cancelled?.kind == .cancelled || cancelled?.kind == .connection, "\(String(describing: cancelled))")
        server.signal(SIGCONT)
        try await eventually("answers come again") {
            (try? await jetStream.streamInfo("S", within: 2_000_000)) != nil
        }
    }

    @Test(
        "What an address names",
        arguments: [
            ("nats://h:4222/S", "nats://h:4222", "S"), ("nats+tls://h/S?subject=a.>&from=all", "tls://h", "S"),
            ("tls://h:1/S?from=42", "tls://h:1", "S"), ("nats://h/S?from=2026-01-01T00:00:00Z", "nats://h", "S"),
        ])
    func address(_ text: String, _ server: String, _ name: String) throws {
        let address = try NATSAddress(text)
        #expect(address.server == server && address.name == name)
    }

    @Test(
        "An address that is none says why",
        arguments: [
            ("nats://h", "missing"), ("nats:///S", "host"), ("nats://me:pw1@h/S", "NATS_CREDS"),
            ("nats://h/S?from=x", "from=x"),
            ("nats://h/S?colour=red", "colour"), ("nats://h/S/T", "name"),
        ])
    func badAddress(_ text: String, _ word: String) {
        let failure = #expect(throws: NATSFailure.self) { try NATSAddress(text) }
        #expect(
            failure?.message.contains(word) == true && failure?.message.contains("pw1") == false,
            "\(String(describing: failure))")
    }
}
#endif
