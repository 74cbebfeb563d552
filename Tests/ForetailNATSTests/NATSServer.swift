#if NATS
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailNATS

/// A NATS server, or a cluster of them, of a test's own: in a temporary folder, on loopback ports. Stopped and removed with the object.
final class NATSServer: Sendable {
    /// The server program; nil where none is installed.
    static let program: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (folders + ["/usr/sbin", "/usr/local/bin"]).map { $0 + "/nats-server" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Whether tests with a server can run; says once why not.
    static let isAvailable: Bool = {
        guard program != nil else {
            print("nats-server is not installed (apt-get install nats-server): tests with a server are skipped")
            return false
        }
        return true
    }()

    /// One server for all tests that do not harm it.
    static var shared: NATSServer { get async throws { try await sharedTask.value } }

    private static let sharedTask = Task {
        let server = try await NATSServer.make()
        sharedServer.withLock { $0 = server }
        // Static objects are never released.
        atexit { sharedServer.withLock { $0 }?.remove() }
        return server
    }
    private static let sharedServer = Mutex<NATSServer?>(nil)

    struct TestFailure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    private let folder: String
    /// The ports of the servers for clients.
    let ports: [Int]
    private let processes: Mutex<[pid_t]>

    /// Makes and starts servers, and waits until JetStream answers.
    ///
    /// - Parameters:
    ///   - more: Lines for the configuration of each.
    ///   - token: The token that they ask for.
    ///   - user: The user that they ask for, with the password.
    static func make(
        _ count: Int = 1, _ more: String = "", token: String? = nil, user: (name: String, password: String)? = nil
    ) async throws -> NATSServer {
        let server = try NATSServer(count, more)
        for index in 0..<count { try server.start(index) }
        try await server.waitUntilReady {
            $0.token = token
            $0.user = user?.name
            $0.password = user?.password
        }
        return server
    }

    private init(_ count: Int, _ more: String) throws {
        folder = "/tmp/foretail-nats-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let all = try Self.freePorts(count * 2)
        ports = Array(all[..<count])
        let routes = Array(all[count...])
        processes = Mutex(Array(repeating: 0, count: count))
        for index in 0..<count {
            var text = """
                server_name: n\(index)
                listen: 127.0.0.1:\(ports[index])
                jetstream { store_dir: "\(folder)/\(index)", max_file_store: 4GB, max_memory_store: 256MB }
                \(more)

                """
            if count > 1 {
                let peers = routes.map { "nats://127.0.0.1:\($0)" }.joined(separator: ", ")
                text += "cluster { name: test, listen: 127.0.0.1:\(routes[index]), routes: [\(peers)] }\n"
            }
            try text.write(toFile: "\(folder)/\(index).conf", atomically: true, encoding: .utf8)
        }
    }

    deinit { remove() }

    /// Starts a server again.
    func start(_ index: Int = 0) throws {
        let script = #"exec "$0" -c "$1" >>"$2" 2>&1 </dev/null"#
        let words = ["/bin/sh", "-c", script, Self.program!, "\(folder)/\(index).conf", "\(folder)/\(index).log"]
            .map { $0.withCString { strdup($0) } }
        defer { words.forEach { free($0) } }
        var process = pid_t()
        guard posix_spawn(&process, "/bin/sh", nil, nil, words + [nil], environ) == 0 else {
            throw TestFailure("cannot run nats-server")
        }
        processes.withLock { $0[index] = process }
    }

    /// Ends a server: at once like a crash, or with notice to its clients.
    func stop(_ index: Int = 0, signal: Int32 = SIGKILL) {
        let process = processes.withLock { processes in
            defer { processes[index] = 0 }
            return processes[index]
        }
        guard process > 0 else { return }
        kill(process, signal)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Sends a server a signal.
    func signal(_ signal: Int32, _ index: Int = 0) {
        processes.withLock { processes in if processes[index] > 0 { kill(processes[index], signal) } }
    }

    func remove() {
        for index in ports.indices { stop(index) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The end of a server's own log, for messages of failed tests.
    func log(_ index: Int = 0) -> String {
        let text = (try? String(contentsOfFile: "\(folder)/\(index).log", encoding: .utf8)) ?? ""
        return String(text.suffix(2_000))
    }

    var addresses: [String] { ports.map { "nats://127.0.0.1:\($0)" } }

    /// A connection to the servers, or to one of them.
    func connect(
        only index: Int? = nil, _ change: (inout NATSSettings) -> Void = { _ in }
    ) async throws -> NATSConnection {
        var settings = NATSSettings(servers: index.map { [addresses[$0]] } ?? addresses, name: "test")
        settings.reconnectMicroseconds = 50_000
        settings.answerMicroseconds = 20_000_000
        change(&settings)
        return try await NATSConnection.open(settings)
    }

    /// JetStream over a connection of its own.
    func jetStream(_ change: (inout NATSSettings) -> Void = { _ in }) async throws -> JetStream {
        JetStream(try await connect(change))
    }

    private func waitUntilReady(_ change: (inout NATSSettings) -> Void) async throws {
        var last = "no try"
        for _ in 0..<600 {
            do {
                let stream = try await jetStream(change)
                let settings = StreamSettings(name: "READY", subjects: ["ready"])
                var copy = settings
                copy.replicas = ports.count
                try await stream.ensureStream(copy)
                try await stream.deleteStream("READY")
                await stream.connection.close()
                return
            } catch {
                last = "\(error)"
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw TestFailure("nats-server does not get ready: \(last)\n\(log())")
    }

    private static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { sockets.forEach { close($0) } }
        return try (0..<count).map { _ in
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(socket)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            return try withUnsafeMutablePointer(to: &address) { pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    guard bind(socket, address, length) == 0, getsockname(socket, address, &length) == 0 else {
                        throw TestFailure("no free port")
                    }
                }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
    }
}

/// Waits until something is so.
func eventually(
    _ what: Comment, within seconds: Double = 300, _ condition: () async throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = Monotonic.deadline(after: Int64(seconds * 1_000_000))
    while Monotonic.now() < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// A name that no other test uses.
func unusedName(_ prefix: String = "S") -> String { prefix + UUID().uuidString.prefix(8) }
#endif
