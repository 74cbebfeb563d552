#if Server
import NIOCore
import Testing

@testable import ForetailServer

#if canImport(Glibc)
import Glibc
#endif

@Suite("The client that sends webhooks", .timeLimit(.minutes(10))) struct GuardedClientTests {
    private func settings(_ allow: [String] = ["127.0.0.1/32"]) -> WebhookSettings {
        var settings = WebhookSettings()
        settings.allow = allow.compactMap { AddressBlock($0) }
        settings.timeoutMicroseconds = 60_000_000
        return settings
    }

    private func send(
        _ url: String, _ settings: WebhookSettings, _ resolver: any HostResolver = SystemResolver()
    ) async throws -> Result<Int, WebhookFailure> {
        let client = try GuardedClient(settings, resolver: resolver)
        let message = GuardedClient.Message(
            url: try WebhookURL(url), headers: [("x", "y")], body: ByteBuffer(string: "{}"),
            timeout: settings.timeoutMicroseconds)
        let result: Result<Int, WebhookFailure>
        do throws(WebhookFailure) { result = .success(try await client.send(message)) } catch {
            result = .failure(error)
        }
        await client.close()
        return result
    }

    private func failure(_ result: Result<Int, WebhookFailure>) -> WebhookFailure? {
        if case .failure(let failure) = result { failure } else { nil }
    }

    @Test("A success is a success, and the host is the one that was named")
    func success() async throws {
        let receiver = try await TestReceiver.start()
        let resolver = ScriptedResolver { _, _ in ["127.0.0.1"] }
        let result = try await send("http://hooks.test:\(receiver.port)/a?b=c", settings(), resolver)
        #expect(result == .success(200))
        #expect(receiver.messages.first?.path == "/a?b=c")
        #expect(receiver.messages.first?.headers["host"] == "hooks.test:\(receiver.port)")
        await receiver.stop()
    }

    @Test(
        "No address of a machine's own is connected to, however it is written or named",
        arguments: [
            "http://127.0.0.1:PORT/", "http://[::1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://localhost:PORT/",
            "http://hooks.test:PORT/",
        ])
    func refused(url: String) async throws {
        let receiver = try await TestReceiver.start()
        let resolver = ScriptedResolver { _, _ in ["127.0.0.1", "::1", "169.254.169.254", "10.0.0.1"] }
        let url = url.replacing("PORT", with: "\(receiver.port)")
        let failure = failure(try await send(url, settings([]), resolver))
        #expect(failure?.kind == .refused)
        #expect(failure?.remedy?.contains("webhooks.allow") == true)
        #expect(receiver.messages.isEmpty)
        await receiver.stop()
    }

    @Test("A public address is asked with TLS only")
    func plain() async throws {
        let resolver = ScriptedResolver { _, _ in ["192.0.2.1"] }
        let failure = failure(try await send("http://hooks.test/", settings([]), resolver))
        #expect(failure?.kind == .refused)
        let global = ScriptedResolver { _, _ in ["2606:4700:4700::1111"] }
        let other = self.failure(try await send("http://hooks.test/", settings([]), global))
        #expect(other?.kind == .refused)
        #expect(other?.detail.contains("without TLS") == true)
    }

    @Test("A name that leads elsewhere at the next question is checked at each, and asked once for each attempt")
    func rebinding() async throws {
        let receiver = try await TestReceiver.start()
        // The first answer is harmless, the second is what the attacker wants.
        let resolver = ScriptedResolver { _, number in number == 0 ? ["127.0.0.1"] : ["127.0.0.2"] }
        let client = try GuardedClient(settings(), resolver: resolver)
        let message = GuardedClient.Message(
            url: try WebhookURL("http://hooks.test:\(receiver.port)/"), headers: [], body: ByteBuffer(),
            timeout: 60_000_000)
        #expect(try await client.send(message) == 200)
        #expect(resolver.questions == ["hooks.test"], "nobody asks between the check and the connection")
        let failure = await #expect(throws: WebhookFailure.self) { try await client.send(message) }
        #expect(failure?.kind == .refused, "a connection that is kept is not used for a name that leads elsewhere")
        #expect(receiver.messages.count == 1)
        await client.close()
        await receiver.stop()
    }

    @Test("Of several addresses only those are tried that may be")
    func mixed() async throws {
        let receiver = try await TestReceiver.start()
        let resolver = ScriptedResolver { _, _ in ["10.0.0.1", "169.254.169.254", "127.0.0.1"] }
        #expect(try await send("http://hooks.test:\(receiver.port)/", settings(), resolver) == .success(200))
        await receiver.stop()
    }

    @Test("Where one address refuses the connection, the next is tried")
    func nextAddress() async throws {
        let receiver = try await TestReceiver.start()
        let resolver = ScriptedResolver { _, _ in ["127.0.0.3", "127.0.0.1"] }
        let result = try await send("http://hooks.test:\(receiver.port)/", settings(["127.0.0.0/8"]), resolver)
        #expect(result == .success(200))
        await receiver.stop()
    }

    @Test("A redirection is a failure, and nobody goes there", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        let target = try await TestReceiver.start()
        let port = target.port
        let receiver = try await TestReceiver.start { _, _ in
            .status(status, [("location", "http://127.0.0.1:\(port)/inside")])
        }
        let failure = failure(try await send(receiver.url, settings()))
        #expect(failure?.kind == .redirect)
        #expect(failure?.status == status)
        #expect(target.messages.isEmpty)
        await receiver.stop()
        await target.stop()
    }

    @Test(
        "An answer without end is read up to its bound, and its status counts", arguments: [(200, true), (500, false)])
    func endless(status: Int, isTaken: Bool) async throws {
        let receiver = try await TestReceiver.start { _, _ in .endless(status) }
        let result = try await send(receiver.url, settings())
        #expect(isTaken ? result == .success(200) : failure(result)?.status == 500)
        await receiver.stop()
    }

    @Test("An answer that breaks off is a failure, whatever its status", arguments: [200, 500])
    func cut(status: Int) async throws {
        let receiver = try await TestReceiver.start { _, _ in .cut(status) }
        #expect(failure(try await send(receiver.url, settings()))?.kind == .broken)
        await receiver.stop()
    }

    @Test("Garbage, and a connection that closes without a word, are failures")
    func garbage() async throws {
        for answer in [TestReceiver.Answer.garbage, .close] {
            let receiver = try await TestReceiver.start { _, _ in answer }
            #expect(failure(try await send(receiver.url, settings()))?.kind == .broken)
            await receiver.stop()
        }
    }

    @Test("Who never answers is waited for as long as an attempt may take")
    func never() async throws {
        let receiver = try await TestReceiver.start { _, _ in .never }
        var settings = settings()
        settings.timeoutMicroseconds = 300_000
        #expect(failure(try await send(receiver.url, settings))?.kind == .timeout)
        await receiver.stop()
    }

    @Test("A name that nobody answers for is waited for as long as well")
    func slowName() async throws {
        struct Silent: HostResolver {
            func addresses(of host: String) async throws(WebhookFailure) -> [InternetAddress] {
                try? await Task.sleep(for: .seconds(3_600))
                return []
            }
        }
        var settings = settings()
        settings.timeoutMicroseconds = 200_000
        #expect(failure(try await send("https://hooks.test/", settings, Silent()))?.kind == .timeout)
    }

    @Test("A name without an address is a failure that says so")
    func noAddress() async throws {
        let failure = failure(try await send("https://hooks.test/", settings(), ScriptedResolver { _, _ in [] }))
        #expect(failure?.kind == .unresolved)
        #expect(failure?.isOfReceiver == false)
    }

    @Test("Nobody listens")
    func connection() async throws {
        let port = try ClosedPort()
        let failure = failure(try await send("http://127.0.0.1:\(port.number)/", settings()))
        #expect(failure?.kind == .connection)
        #expect(failure?.isOfReceiver == true)
    }

    @Test("TLS: the certificate is for the name of the URL, and somebody trusted signed it")
    func tls() async throws {
        let receiver = try await TestReceiver.start(isSecure: true)
        let resolver = ScriptedResolver { _, _ in ["127.0.0.1"] }
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let path = "\(folder)/ca.pem"
        try append(TestCertificate.certificate + "\n", to: path)
        var trusting = settings()
        trusting.trustedCertificates = path
        let right = "https://\(TestCertificate.name):\(receiver.port)/"
        #expect(try await send(right, trusting, resolver) == .success(200))
        let unknown = failure(try await send(right, settings(), resolver))
        #expect(unknown?.kind == .tls, "\(String(describing: unknown))")
        let wrong = failure(try await send("https://wrong.test:\(receiver.port)/", trusting, resolver))
        #expect(wrong?.kind == .tls, "\(String(describing: wrong))")
        #expect(receiver.messages.count == 1)
        await receiver.stop()
    }
}
#endif
