#if NATS
import Foretail
import Foundation
import Testing

@testable import ForetailNATS

@Suite(
    "An encrypted connection", .enabled(if: NATSServer.isAvailable && Certificates.isAvailable),
    .timeLimit(.minutes(10)))
struct TLSTests {
    @Test("A server whose certificate comes from a named authority is spoken to, and streams work")
    func trusted() async throws {
        let files = try Certificates()
        let server = try await NATSServer.make(1, files.server(), address: "tls://localhost:") {
            $0.authoritiesFile = files.authority
        }
        let jetStream = try await server.jetStream { $0.authoritiesFile = files.authority }
        try await jetStream.ensureStream(StreamSettings(name: "S", subjects: ["s.*"]))
        var batch = PublishBatch()
        for number in 0..<100 { batch.append(subject: "s.a", payload: Array("\(number)".utf8)[...]) }
        #expect(await jetStream.publish(batch).isComplete)
        #expect(jetStream.connection.state.server?.hasPrefix("tls://localhost:") == true)
        // An authority in the settings asks for TLS, whatever the address says.
        let plain = server.addresses[0].replacing("tls://", with: "nats://")
        var settings = NATSSettings(servers: [plain])
        settings.authoritiesFile = files.authority
        #expect(try await NATSConnection.open(settings).state.phase == .connected)
    }

    @Test("A connection that breaks is made anew encrypted")
    func reconnect() async throws {
        let files = try Certificates()
        let server = try await NATSServer.make(1, files.server(), address: "tls://localhost:") {
            $0.authoritiesFile = files.authority
        }
        let jetStream = try await server.jetStream { $0.authoritiesFile = files.authority }
        server.stop()
        try await eventually("the break is visible") { jetStream.connection.state.phase == .reconnecting }
        try server.start()
        try await jetStream.connection.waitUntilConnected(within: 120_000_000)
        try await eventually("JetStream answers again") {
            (try? await jetStream.ensureStream(StreamSettings(name: "S", subjects: ["s.*"]))) != nil
        }
    }

    @Test("Without the authority, with another one, and under another name a server is refused, with reason and remedy")
    func refused() async throws {
        let files = try Certificates()
        let other = try Certificates()
        let server = try await NATSServer.make(1, files.server(), address: "tls://localhost:") {
            $0.authoritiesFile = files.authority
        }
        for authority in [nil, other.authority] {
            let failure = await #expect(throws: NATSFailure.self) {
                try await server.connect { $0.authoritiesFile = authority }
            }
            let message = try #require(failure?.message)
            #expect(message.contains("localhost:\(server.ports[0])") && message.contains("--nats-ca"), "\(message)")
            #expect(message.contains(authority ?? "the system's authorities"), "\(message)")
            #expect(failure?.kind == .authentication && failure?.isTransient == false)
        }
        let elsewhere = try await NATSServer.make(
            1, files.server(name: "elsewhere.test"), address: "tls://localhost:", isAwaited: false)
        var message = ""
        try await eventually("the server listens, and is refused for its name: \(message)") {
            do throws(NATSFailure) {
                var settings = NATSSettings(servers: elsewhere.addresses)
                settings.authoritiesFile = files.authority
                _ = try await NATSConnection.open(settings)
                throw NATSFailure(.refused, "it was taken")
            } catch {
                message = error.message
                return error.kind != .connection
            }
        }
        #expect(message.contains("localhost") && message.contains("not for this name"), "\(message)")
    }

    @Test("A server that wants a certificate of the client gets it; without one it is told which options name it")
    func client() async throws {
        let files = try Certificates()
        let server = try await NATSServer.make(1, files.server(wantsClient: true), address: "tls://localhost:") {
            $0.authoritiesFile = files.authority
            $0.certificateFile = files.client
            $0.keyFile = files.clientKey
        }
        let failure = await #expect(throws: NATSFailure.self) {
            try await server.connect { $0.authoritiesFile = files.authority }
        }
        #expect(failure?.message.contains("--nats-cert") == true, "\(String(describing: failure))")
    }

    @Test(
        "A credentials file lets its user in; a JWT with the seed of another is refused, and nothing of either is shown"
    )
    func credentials() async throws {
        let files = try Certificates()
        let user = try UserCredentials(in: files.folder)
        let server = try await NATSServer.make(1, user.server) { $0.credentialsFile = user.file }
        let jetStream = try await server.jetStream { $0.credentialsFile = user.file }
        try await jetStream.ensureStream(StreamSettings(name: "S", subjects: ["s.*"]))
        for file in [nil, user.stolen] {
            let failure = await #expect(throws: NATSFailure.self) {
                try await server.connect { $0.credentialsFile = file }
            }
            #expect(failure?.kind == .authentication, "\(String(describing: failure))")
            #expect(failure?.message.contains("credentials file") == true)
        }
    }

    @Test("A server without TLS is not spoken to where TLS is asked for")
    func plain() async throws {
        let files = try Certificates()
        let server = try await NATSServer.shared
        for change in [{ $0.isSecure = true }, { $0.authoritiesFile = files.authority }]
            as [@Sendable (inout NATSSettings) -> Void]
        {
            let failure = await #expect(throws: NATSFailure.self) { try await server.connect(change) }
            #expect(failure?.message.contains("speaks no TLS") == true, "\(String(describing: failure))")
        }
    }

    @Test("A file that is not there, or is empty, is named, and how to name another")
    func files() async throws {
        let files = try Certificates()
        let empty = files.folder + "/empty"
        try Data().write(to: URL(fileURLWithPath: empty))
        let wrong: [(String, @Sendable (inout NATSSettings) -> Void)] = [
            ("--nats-ca", { $0.authoritiesFile = "/nowhere/ca.pem" }), ("--nats-creds", { $0.credentialsFile = empty }),
            ("--nats-cert", { $0.certificateFile = "/nowhere/cert.pem" }),
            ("--nats-cert", { $0.keyFile = "/nowhere/key.pem" }),
        ]
        for (option, change) in wrong {
            var settings = NATSSettings(servers: ["tls://localhost:1"])
            change(&settings)
            let failure = await #expect(throws: NATSFailure.self) { try await NATSConnection.open(settings) }
            #expect(
                failure?.kind == .refused && failure?.message.contains(option) == true, "\(String(describing: failure))"
            )
        }
        var settings = NATSSettings(servers: ["tls://localhost:1"])
        settings.authoritiesFile = files.clientKey
        let failure = await #expect(throws: NATSFailure.self) { try await NATSConnection.open(settings) }
        #expect(failure?.message.contains(files.clientKey) == true, "\(String(describing: failure))")
    }
}
#endif
