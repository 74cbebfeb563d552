#if Server
import AsyncHTTPClient
import FieldExtraction
import Foretail
import NIOCore
import NIOHTTP1
import NIOSSL

/// A server's API over HTTP: URLs, ids of requests, time-outs, problem documents.
///
///     try await ServerClient.with(address) { client in
///         let requests = try await client.get(["v1", "tail-requests"])
///     }
struct ServerClient: Sendable {
    /// The server.
    let address: ServerAddress
    private let token: ClientToken?
    private let http: HTTPClient
    private let id: String
    private static let answerBytes = 256 << 20
    /// Seconds for a connection to be made.
    private static let connectSeconds: Int64 = 10
    /// Seconds of silence after which a connection counts as broken; readers get heartbeats every 15.
    private static let silenceSeconds: Int64 = 60

    /// Prepares a client.
    ///
    /// - Throws: ``ClientFailure`` where the authorities cannot be read.
    private init(_ address: ServerAddress, token: ClientToken?) throws(ClientFailure) {
        self.address = address
        self.token = token
        var configuration = HTTPClient.Configuration(
            timeout: .init(connect: .seconds(Self.connectSeconds), read: .seconds(Self.silenceSeconds)))
        // Whoever calls decides whether to try again, and says so.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tlsConfiguration = try Self.tls(address)
        // A token is for the server that was named, and for none that it may name.
        configuration.redirectConfiguration = .disallow
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        id = "cli-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    }

    /// Opens a client for the time of `body`.
    ///
    /// - Parameter token: What it calls with; nil: nothing.
    static func with<Result>(
        _ address: ServerAddress, token: ClientToken? = nil, _ body: (ServerClient) async throws -> Result
    ) async throws -> Result {
        let client = try ServerClient(address, token: token)
        do {
            let result = try await body(client)
            try? await client.http.shutdown()
            return result
        } catch {
            try? await client.http.shutdown()
            throw error
        }
    }

    /// Reads a JSON document.
    func get(_ path: [String], _ query: [(String, String)] = []) async throws(ClientFailure) -> JSONValue {
        try Self.document(try await bytes("GET", path, query))
    }

    /// Sends a JSON document.
    ///
    /// - Returns: The answer; null where it is empty.
    func send(_ method: String, _ path: [String], _ document: JSONValue? = nil) async throws(ClientFailure) -> JSONValue
    {
        let body = document.map { Array($0.compact.utf8) }
        let answer = try await bytes(method, path, body: body, contentType: "application/json")
        return answer.isEmpty ? .null : try Self.document(answer)
    }

    /// All entries of a list, page by page.
    ///
    /// - Throws: ``ClientFailure``; `problem` for every status but a success.
    func all(
        _ path: [String], _ member: String, _ query: [(String, String)] = []
    ) async throws(ClientFailure) -> [JSONValue] {
        var entries: [JSONValue] = []
        var after: String?
        repeat {
            let page = try await get(path, query + (after.map { [("after", $0)] } ?? []))
            entries += page[member]?.elements ?? []
            after = page["next"]?.text
        } while after != nil
        return entries
    }

    /// Sends a body and reads the whole answer.
    ///
    /// - Throws: ``ClientFailure``; `problem` for every status but a success.
    func bytes(
        _ method: String, _ path: [String], _ query: [(String, String)] = [], body: [UInt8]? = nil,
        contentType: String? = nil, accept: String = "application/json, application/problem+json"
    ) async throws(ClientFailure) -> [UInt8] {
        let response = try await open(
            method, path, query, body: body, contentType: contentType, accept: accept)
        return try await whole(response.body)
    }

    /// Opens an answer that is read as it comes.
    ///
    /// - Throws: ``ClientFailure``; `problem` for every status but a success.
    func open(
        _ method: String = "GET", _ path: [String], _ query: [(String, String)] = [], body: [UInt8]? = nil,
        contentType: String? = nil, accept: String
    ) async throws(ClientFailure) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address.url(path, query))
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "accept", value: accept)
        request.headers.add(name: "user-agent", value: "foretail")
        request.headers.add(name: "x-request-id", value: "\(id)-\(String(UInt32.random(in: 0 ... .max), radix: 36))")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token.text)") }
        if let body {
            request.headers.add(name: "content-type", value: contentType ?? "application/octet-stream")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: .distantFuture)
        } catch {
            throw Self.failure(error)
        }
        let status = Int(response.status.code)
        guard !(200..<300).contains(status) else { return response }
        let answer = try await whole(response.body)
        throw .problem(
            ServerProblem(status: status, body: answer, retryAfter: response.headers.first(name: "retry-after")))
    }

    private func whole(_ body: HTTPClientResponse.Body) async throws(ClientFailure) -> [UInt8] {
        do {
            return Array(try await body.collect(upTo: Self.answerBytes).readableBytesView)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func document(_ bytes: [UInt8]) throws(ClientFailure) -> JSONValue {
        do throws(FieldExtractionError) {
            var limits = ScanLimits()
            limits.line = max(limits.line, bytes.count)
            limits.fields = .max
            return try JSONValue(parsing: bytes, limits: limits)
        } catch {
            throw .answer("the answer is no JSON: \(error); is this the address of a foretail server?")
        }
    }

    /// Which certificates are taken: the system's authorities and those named.
    private static func tls(_ address: ServerAddress) throws(ClientFailure) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        guard let file = address.certificates else { return tls }
        do {
            tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
        } catch {
            throw .answer("\(file): no certificates in PEM can be read there; name a readable file with --ca-file")
        }
        return tls
    }

    /// What an error of TLS means; nil where it is none.
    private static func tlsFailure(_ error: any Error, _ text: String) -> ClientFailure? {
        let isTLS = error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError || text.contains("SSL")
        guard isTLS || error as? HTTPClientError == .tlsHandshakeTimeout else { return nil }
        if text.contains("WRONG_VERSION") || text.contains("HTTP_REQUEST") {
            return .answer("the server speaks no TLS there; write http:// instead of https://")
        }
        if text.contains("ostname") {
            return .answer("the server's certificate is for another name; use the name that it is for")
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("handshakeFailed") && text.contains("erif") {
            return .answer(
                "the server's certificate is not trusted; name its authority with --ca-file FILE or FORETAIL_CA_FILE")
        }
        return .connection("TLS failed: \(TerminalText.harmless(text))", wasSent: false)
    }

    /// What an error of the transport means.
    static func failure(_ error: any Error) -> ClientFailure {
        if error is CancellationError { return .cancelled }
        let text = "\(error)"
        if let failure = tlsFailure(error, text) { return failure }
        if let error = error as? HTTPClientError {
            switch error {
            case .cancelled: return .cancelled
            case .connectTimeout:
                return .connection("no answer to the connection within \(connectSeconds) seconds", wasSent: false)
            case .readTimeout: return .connection("silent for \(silenceSeconds) seconds", wasSent: true)
            case .remoteConnectionClosed: return .connection("the connection was closed", wasSent: true)
            default: return .connection(error.shortDescription, wasSent: true)
            }
        }
        if text.contains("onnection refused") { return .connection("connection refused", wasSent: false) }
        if text.contains("onnection reset") || text.contains("roken pipe") {
            return .connection("the connection broke", wasSent: true)
        }
        if text.contains("dnsA") || text.contains("SocketAddressError") || text.contains("unknown(host") {
            return .connection("no such host", wasSent: false)
        }
        return .connection(text, wasSent: true)
    }
}
#endif
