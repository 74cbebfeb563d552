#if Server
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Sends bodies to addresses that others chose, and connects to nothing that the policy refuses.
///
/// A name is looked up here at every attempt, and each address is checked. The connection goes to the checked address as a
/// number, so that nobody looks the name up again between check and connect; `Host`, SNI and the certificate keep the name.
/// Once it stands, the address of its other end is compared. Redirections are answers, not instructions.
final class GuardedClient: Sendable {
    /// What is sent.
    struct Message: Sendable {
        var url: WebhookURL
        var headers: [(String, String)]
        var body: ByteBuffer
        /// What it may take, in microseconds.
        var timeout: Int64
    }

    private let settings: WebhookSettings
    private let policy: AddressPolicy
    private let resolver: any HostResolver
    private let connections: PinnedClients
    /// Addresses that are tried in one attempt.
    private static let addressesPerAttempt = 3

    /// Creates a client; ``close()`` ends it.
    ///
    /// - Throws: ``StartError`` where the trusted certificates cannot be read.
    init(_ settings: WebhookSettings, resolver: any HostResolver = SystemResolver()) throws(StartError) {
        self.settings = settings
        self.resolver = resolver
        policy = AddressPolicy(allowed: settings.allow)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .fullVerification
        tls.minimumTLSVersion = .tlsv12
        if !settings.trustedCertificates.isEmpty {
            do {
                let certificates = try NIOSSLCertificate.fromPEMFile(settings.trustedCertificates)
                tls.additionalTrustRoots = [.certificates(certificates)]
            } catch {
                throw StartError(
                    message: "webhooks.trustedCertificates: \(settings.trustedCertificates): no certificates in PEM "
                        + "can be read there; name a readable file")
            }
        }
        connections = PinnedClients(settings, tls: tls)
    }

    /// Sends a message once.
    ///
    /// - Returns: The status, one of 2xx.
    /// - Throws: ``WebhookFailure``; of a redirection, of every other status, and of an answer that is not whole in time.
    func send(_ message: Message) async throws(WebhookFailure) -> Int {
        let work = { @Sendable [self] () async -> Result<Int, WebhookFailure> in
            do throws(WebhookFailure) { return .success(try await attempt(message)) } catch { return .failure(error) }
        }
        let timeout = message.timeout
        let name = message.url.receiver
        let result = await withTaskGroup(of: Result<Int, WebhookFailure>?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await Task.sleep(for: .microseconds(timeout))
                return nil
            }
            defer { group.cancelAll() }
            for await result in group {
                if let result { return result }
                if Task.isCancelled { break }
                return .failure(
                    WebhookFailure(.timeout, "\(name): no whole answer within \(DurationText.text(timeout))"))
            }
            return .failure(.cancelled)
        }
        return try result.get()
    }

    /// Ends all connections.
    func close() async { await connections.close() }

    private func attempt(_ message: Message) async throws(WebhookFailure) -> Int {
        let url = message.url
        let addresses = try await permitted(url)
        var last: WebhookFailure?
        for address in addresses.prefix(Self.addressesPerAttempt) {
            guard !Task.isCancelled else { throw .cancelled }
            do throws(WebhookFailure) {
                return try await exchange(message, with: address)
            } catch {
                // Nothing was sent: the next address may do.
                guard error.kind == .connection else { throw error }
                last = error
            }
        }
        throw last ?? WebhookFailure(.unresolved, "\(url.host) has no address")
    }

    /// The addresses that may be connected to.
    private func permitted(_ url: WebhookURL) async throws(WebhookFailure) -> [InternetAddress] {
        let all: [InternetAddress]
        if let address = url.address { all = [address] } else { all = try await resolver.addresses(of: url.host) }
        guard !all.isEmpty else { throw WebhookFailure(.unresolved, "\(url.host) has no address") }
        var permitted: [InternetAddress] = []
        var reason: String?
        for address in all {
            if let refusal = policy.refusal(of: address) {
                reason = reason ?? refusal
            } else if !url.isSecure, !policy.isAllowed(address) {
                reason = reason ?? "\(address) is asked without TLS"
            } else {
                permitted.append(address)
            }
        }
        guard !permitted.isEmpty else {
            let via = url.address == nil ? "\(url.host): " : ""
            throw WebhookFailure(
                .refused, "\(via)\(reason ?? "") and not connected to",
                remedy: "if that is meant, let the server's operator name the address in webhooks.allow")
        }
        return permitted
    }

    private func exchange(_ message: Message, with address: InternetAddress) async throws(WebhookFailure) -> Int {
        var request = HTTPClientRequest(url: message.url.text)
        request.method = .POST
        for (name, value) in message.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(message.body)
        let pinned = connections.enter(message.url, address)
        defer { connections.leave(pinned) }
        let name = message.url.receiver
        let response: HTTPClientResponse
        do {
            response = try await pinned.client.execute(
                request, timeout: .microseconds(message.timeout))
        } catch {
            throw WebhookFailure(transport: error, receiver: name, address: address)
        }
        try await drain(response, from: name)
        return try Self.judge(response, from: name)
    }

    /// Reads the answer to its end or its bound; what is left goes with the connection.
    private func drain(_ response: HTTPClientResponse, from name: String) async throws(WebhookFailure) {
        var bytes = 0
        do {
            for try await piece in response.body {
                bytes += piece.readableBytes
                if bytes > settings.answerBytes { return }
            }
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw WebhookFailure(
                .broken, "\(name): answered \(response.status.code), then the answer broke off after \(bytes) bytes")
        }
    }

    private static func judge(_ response: HTTPClientResponse, from name: String) throws(WebhookFailure) -> Int {
        let status = Int(response.status.code)
        var failure: WebhookFailure
        switch status {
        case 200..<300: return status
        case 300..<400:
            failure = WebhookFailure(
                .redirect, "\(name): answered \(status), a redirection, which is not followed",
                remedy: "give the tail request the URL that it leads to")
        case 410: failure = WebhookFailure(.gone, "\(name): answered 410, it wants no more")
        default: failure = WebhookFailure(.status, "\(name): answered \(status)")
        }
        failure.status = status
        failure.retryAfter = response.headers.first(name: "retry-after").flatMap { RetryAfter.microseconds($0) }
        throw failure
    }
}

extension WebhookFailure {
    /// The one who waits is told to go.
    static let cancelled = WebhookFailure(.cancelled, "the server is shutting down, or the tail request was removed")

    /// What an error of the transport means.
    init(transport error: any Error, receiver name: String, address: InternetAddress) {
        if error is CancellationError {
            self = .cancelled
            return
        }
        let text = "\(error)"
        switch error as? HTTPClientError {
        case HTTPClientError.cancelled?: self = .cancelled
        case HTTPClientError.connectTimeout?:
            self.init(.connection, "\(name): no connection to \(address) in time")
        case HTTPClientError.deadlineExceeded?, HTTPClientError.readTimeout?,
            HTTPClientError.getConnectionFromPoolTimeout?:
            self.init(.timeout, "\(name): no whole answer in time")
        case HTTPClientError.tlsHandshakeTimeout?: self.init(.tls, "\(name): TLS did not come about in time")
        case HTTPClientError.remoteConnectionClosed?:
            self.init(.broken, "\(name): closed the connection before its answer was whole")
        default:
            if error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError || text.contains("SSL") {
                let isName = text.contains("Hostname") || text.contains("hostname")
                self.init(
                    .tls,
                    "\(name): \(isName ? "its certificate is for another name" : "TLS failed: \(Self.short(text))")",
                    remedy: "give it a certificate for this name that a trusted authority signed; "
                        + "webhooks.trustedCertificates names further ones")
            } else if text.contains("onnection refused") || text.contains("unreachable") || text.contains("timed out")
                || error is PeerMismatch
            {
                self.init(.connection, "\(name): no connection to \(address): \(Self.short(text))")
            } else {
                self.init(.broken, "\(name): \(Self.short(text))")
            }
        }
    }

    /// The beginning of a library's text, as one line of printable characters.
    private static func short(_ text: String) -> String {
        String(text.unicodeScalars.prefix(160).map { $0.value >= 0x20 && $0.value < 0x7F ? Character($0) : "?" })
    }
}

/// The other end of a connection is not the address that was checked.
struct PeerMismatch: Error, CustomStringConvertible {
    let description: String
}
#endif
