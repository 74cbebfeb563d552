#if Server
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

@testable import ForetailServer

#if canImport(Glibc)
import Glibc
#endif

/// A listener with a certificate, and its replacement under way.
@Suite("TLS", .timeLimit(.minutes(20))) struct TLSTests {
    /// The two files of a pair in a folder.
    private struct Files {
        let certificate: String
        let key: String

        init(_ folder: String, _ certificate: String, _ key: String) throws {
            self.certificate = "\(folder)/chain.pem"
            self.key = "\(folder)/key.pem"
            try put(certificate, key)
        }

        /// Replaces both files, as tools that renew certificates do: by new ones.
        func put(_ certificate: String, _ key: String) throws {
            for (path, text) in [(self.certificate, certificate), (self.key, key)] {
                remove(path)
                try append(text, to: path)
            }
        }
    }

    /// A client that trusts one certificate, whatever name it is called by.
    private func client(trusting certificate: String) throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates([try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem)])
        tls.certificateVerification = .noHostnameVerification
        return HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(tlsConfiguration: tls))
    }

    /// Whether a new connection finds this certificate.
    private func isServed(_ certificate: String, at port: Int) async throws -> Bool {
        let client = try client(trusting: certificate)
        let status = try? await client.execute(
            HTTPClientRequest(url: "https://127.0.0.1:\(port)/health/live"), timeout: .seconds(60)
        ).status
        try await client.shutdown()
        return status == .ok
    }

    /// What a request is answered with; nil where there is no connection. The body is read, so that the connection is kept.
    private func ask(_ client: HTTPClient, _ request: HTTPClientRequest) async -> HTTPResponseStatus? {
        guard let answer = try? await client.execute(request, timeout: .seconds(60)) else { return nil }
        _ = try? await answer.body.collect(upTo: 1 << 20)
        return answer.status
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        try await body(folder)
    }

    @Test("A changed pair is taken for new connections; one that is open keeps the one before and goes on")
    func replacement() async throws {
        try await withFolder { folder in
            let files = try Files(folder, TestCertificate.local, TestCertificate.localKey)
            try await TestServer.run(adjust: {
                $0.tls.certificate = files.certificate
                $0.tls.key = files.key
            }) { server in
                #expect(try await isServed(TestCertificate.local, at: server.port))
                #expect(try await !isServed(TestCertificate.certificate, at: server.port))
                let client = try client(trusting: TestCertificate.local)
                let url = "https://127.0.0.1:\(server.port)/v1/streams"
                let missing = await ask(client, HTTPClientRequest(url: url + "/s/tail"))
                #expect(missing == .notFound)
                var request = HTTPClientRequest(url: url + "/s/events")
                request.method = .POST
                request.body = .bytes(ByteBuffer(string: "{\"a\":1}"))
                let written = await ask(client, request)
                #expect(written == .ok)
                let reading = try await client.execute(
                    HTTPClientRequest(url: url + "/s/tail?from=now"), timeout: .seconds(60))
                var pieces = reading.body.makeAsyncIterator()
                _ = try await pieces.next()
                // The reading has its connection for itself; this one is kept.
                let second = await ask(client, request)
                #expect(second == .ok)

                try files.put(TestCertificate.certificate, TestCertificate.key)
                var isReplaced = false
                for _ in 0..<600 where !isReplaced {
                    isReplaced = try await isServed(TestCertificate.certificate, at: server.port)
                    if !isReplaced { try await Task.sleep(for: .milliseconds(50)) }
                }
                #expect(isReplaced)
                request.body = .bytes(ByteBuffer(string: "{\"a\":2}"))
                // Over a connection that was made before: a new one would not be trusted.
                let kept = await ask(client, request)
                #expect(kept == .ok)
                var text = ""
                while !text.contains(#""event":{"a":2}"#), let piece = try await pieces.next() {
                    text += String(buffer: piece)
                }
                #expect(text.contains(#""event":{"a":2}"#))
                try await client.shutdown()
            }
        }
    }

    @Test("A pair that does not belong together, or is none, leaves the one before in force and is told once")
    func badPair() async throws {
        try await withFolder { folder in
            let files = try Files(folder, TestCertificate.local, TestCertificate.localKey)
            let store = try CertificateStore(certificate: files.certificate, key: files.key)
            #expect(try !store.reloadIfChanged())
            let before = store.context
            for (certificate, key, part) in [
                (TestCertificate.certificate, TestCertificate.localKey, "key is not that of"),
                ("nonsense", TestCertificate.localKey, "tls.certificate"),
                (TestCertificate.certificate, "nonsense", "tls.key"),
            ] {
                try files.put(certificate, key)
                let error = #expect(throws: StartError.self) { try store.reloadIfChanged() }
                #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
                #expect(try !store.reloadIfChanged())
                #expect(store.context === before)
            }
            #expect(throws: StartError.self) { try store.reload() }
            try files.put(TestCertificate.certificate, TestCertificate.key)
            #expect(try store.reloadIfChanged())
            #expect(store.context !== before)
            #expect(store.counts == (reloads: 1, failures: 4))
            remove(files.key)
            #expect(throws: StartError.self) { try store.reloadIfChanged() }
        }
    }

    @Test("A server does not start with a pair that it cannot use")
    func badStart() async throws {
        try await withFolder { folder in
            let files = try Files(folder, TestCertificate.local, TestCertificate.key)
            for (certificate, key, part) in [
                (files.certificate, files.key, "key is not that of"), (files.certificate, "", "tls.key"),
                ("", files.key, "tls.certificate"), (folder + "/none", files.key, "tls.certificate"),
            ] {
                let error = await #expect(throws: StartError.self) {
                    try await TestServer.run(adjust: {
                        $0.tls.certificate = certificate
                        $0.tls.key = key
                    }) { _ in }
                }
                #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test("Nothing older than TLS 1.2 is spoken, and nothing in clear")
    func versions() async throws {
        try await withFolder { folder in
            let files = try Files(folder, TestCertificate.local, TestCertificate.localKey)
            try await TestServer.run(adjust: {
                $0.tls.certificate = files.certificate
                $0.tls.key = files.key
            }) { server in
                for (version, isTaken) in [(TLSVersion.tlsv11, false), (.tlsv12, true), (.tlsv13, true)] {
                    var tls = TLSConfiguration.makeClientConfiguration()
                    tls.trustRoots = .certificates([
                        try NIOSSLCertificate(bytes: Array(TestCertificate.local.utf8), format: .pem)
                    ])
                    tls.minimumTLSVersion = version
                    tls.maximumTLSVersion = version
                    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
                    configuration.connectionPool.retryConnectionEstablishment = false
                    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
                    let answer = try? await client.execute(
                        HTTPClientRequest(url: "https://127.0.0.1:\(server.port)/health/live"), timeout: .seconds(60))
                    #expect((answer?.status == .ok) == isTaken, "\(version)")
                    try await client.shutdown()
                }
                let clear = try RawConnection(port: server.port)
                clear.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let answer = await clear.receiveAll()
                #expect(!answer.contains("live"))
                #expect(try await isServed(TestCertificate.local, at: server.port))
            }
        }
    }
}
#endif
