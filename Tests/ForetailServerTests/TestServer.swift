#if Server
import AsyncHTTPClient
import FieldExtraction
import Foretail
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import ForetailServer

#if canImport(Glibc)
import Glibc
#endif

/// A real server on a free loopback port, with a folder of its own that may outlive it.
final class TestServer: Sendable {
    let address: String
    private let server: ForetailServer
    private let running: Task<Void, any Error>

    private init(server: ForetailServer, running: Task<Void, any Error>, port: Int) {
        self.server = server
        self.running = running
        address = "http://127.0.0.1:\(port)"
    }

    /// Starts a server.
    static func start(
        folder: String, stores: ReferenceStores = ReferenceStores(),
        adjust: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> TestServer {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.dataFolder = folder
        adjust(&configuration)
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = try await ForetailServer.start(configuration, stores: stores, logger: logger, signals: false) {
            number in
            port.yield(number)
            port.finish()
        }
        let running = Task { try await server.run() }
        for await number in ports { return TestServer(server: server, running: running, port: number) }
        throw CancellationError()
    }

    /// Ends the server as a signal would, and waits.
    func stop() async throws {
        await server.stop()
        try await running.value
    }

    /// Runs `body` with a server in a new folder, which is removed afterwards.
    static func run(
        stores: ReferenceStores = ReferenceStores(), adjust: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let folder = temporaryFolder()
        defer { remove(folder) }
        let server = try await start(folder: folder, stores: stores, adjust: adjust)
        do {
            try await body(server)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }

    /// A new empty folder.
    static func temporaryFolder() -> String {
        // Six places for mkdtemp to fill.
        let places = String(repeating: "X", count: 6)
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/foretail-server-\(places)".utf8CString)
        let path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        return path
    }

    /// Removes a folder and what is in it.
    static func remove(_ folder: String) {
        if let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { remove("\(folder)/\(name)") }
            }
            closedir(directory)
        }
        Glibc.remove(folder)
    }

    /// An answer.
    struct Answer {
        var status: Int
        var headers: [String: String]
        var text: String
        var json: JSONValue? { try? JSONValue(parsing: Array(text.utf8)) }
    }

    /// Sends a request and reads all of the answer.
    func send(
        _ method: String, _ path: String, _ body: String? = nil, type: String? = "application/json",
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.body = .bytes(ByteBuffer(string: body))
            if let type { request.headers.add(name: "content-type", value: type) }
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        var fields: [String: String] = [:]
        for (name, value) in response.headers { fields[name.lowercased()] = value }
        return Answer(status: Int(response.status.code), headers: fields, text: String(buffer: bytes))
    }

    /// Sends a request whose body need not be text, and reads all of the answer.
    func send(_ method: String, _ path: String, bytes: [UInt8], headers: [(String, String)]) async throws -> Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: bytes))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 64 << 20))
        return Answer(status: Int(response.status.code), headers: [:], text: text)
    }

    /// Sends bytes and leaves without waiting for an answer.
    ///
    /// - Parameter isReset: Whether to break the connection rather than close it.
    func cut(_ text: String, isReset: Bool) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = UInt16(address.split(separator: ":").last.flatMap { UInt16($0) } ?? 0).bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw CancellationError() }
        if isReset {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Waits until so many readers are connected.
    func waitForReaders(_ count: Int64) async throws {
        var used: JSONValue?
        for _ in 0..<2_000 {
            used = try await send("GET", "/v1/status").json?["limits"]?["subscribers"]?["used"]
            if used == .integer(count) { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("\(String(describing: used)) readers, not \(count)")
    }

    /// Writes events.
    func ingest(_ stream: String, _ events: [String]) async throws -> Answer {
        try await send(
            "POST", "/v1/streams/\(stream)/events", events.joined(separator: "\n"), type: "application/x-ndjson")
    }

    /// Begins to read, and returns when the reading stands: what is written from now on is live.
    func open(_ path: String, headers: [(String, String)] = []) async throws -> LiveReader {
        var request = HTTPClientRequest(url: address + path)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.headers.add(name: "accept", value: "text/event-stream")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        #expect(response.status == .ok)
        let (pieces, report) = AsyncStream<[UInt8]>.makeStream()
        let reading = Task {
            for try await piece in response.body { report.yield(Array(piece.readableBytesView)) }
            report.finish()
        }
        report.onTermination = { _ in reading.cancel() }
        return LiveReader(pieces)
    }

    /// Reads records until so many have come that `isMeant`.
    func read(
        _ path: String, headers: [(String, String)] = [], count: Int,
        isMeant: (JSONValue) -> Bool = { $0["kind"] == .string("event") }
    ) async throws -> [JSONValue] {
        var request = HTTPClientRequest(url: address + path)
        request.headers.add(name: "accept", value: "application/x-ndjson")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        #expect(response.status == .ok)
        var records: [JSONValue] = []
        var rest: [UInt8] = []
        for try await piece in response.body {
            rest += Array(piece.readableBytesView)
            while let newline = rest.firstIndex(of: 0x0A) {
                let record = try JSONValue(parsing: Array(rest[..<newline]))
                rest.removeFirst(newline + 1)
                if isMeant(record) { records.append(record) }
                if records.count == count { return records }
            }
        }
        return records
    }
}

/// Records of an open connection, one after another. The head of the response comes when the reading is attached.
struct LiveReader {
    /// What a browser would resume with.
    private(set) var lastEventID: String?
    /// What the server said when it ended the reading.
    private(set) var end: JSONValue?
    private var pieces: AsyncStream<[UInt8]>.AsyncIterator
    private var rest: [UInt8] = []

    init(_ pieces: AsyncStream<[UInt8]>) { self.pieces = pieces.makeAsyncIterator() }

    /// The next event record.
    mutating func next() async throws -> JSONValue? {
        while true {
            while let newline = rest.firstIndex(of: 0x0A) {
                let line = String(decoding: rest[..<newline], as: UTF8.self)
                rest.removeFirst(newline + 1)
                if line.hasPrefix("id: ") { lastEventID = String(line.dropFirst(4)) }
                guard line.hasPrefix("data: ") else { continue }
                let record = try JSONValue(parsing: Array(line.utf8.dropFirst(6)))
                if record["kind"] == .string("event") { return record }
                if record["kind"] == .string("end") { end = record }
            }
            guard let piece = await pieces.next(isolation: #isolation) else { return nil }
            rest += piece
        }
    }

    /// The next event records.
    mutating func next(_ count: Int) async throws -> [JSONValue] {
        var records: [JSONValue] = []
        while records.count < count, let record = try await next() { records.append(record) }
        return records
    }
}

extension JSONValue {
    /// The text of a string.
    var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The whole number.
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    /// The elements of an array.
    var elements: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
}
#endif
