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
    private let address: String
    /// The ports of the servers for clients.
    let ports: [Int]
    private let processes: Mutex<[pid_t]>

    /// Makes and starts servers, and waits until JetStream answers.
    ///
    /// - Parameters:
    ///   - more: Lines for the configuration of each.
    ///   - address: What clients' addresses begin with, up to the port.
    ///   - isAwaited: Whether to wait; not where nobody will be let in.
    ///   - prepare: Sets what the servers ask for: credentials, certificates.
    static func make(
        _ count: Int = 1, _ more: String = "", address: String = "nats://127.0.0.1:", isAwaited: Bool = true,
        _ prepare: (inout NATSSettings) -> Void = { _ in }
    ) async throws -> NATSServer {
        let server = try NATSServer(count, more, address)
        for index in 0..<count { try server.start(index) }
        if isAwaited { try await server.waitUntilReady(prepare) }
        return server
    }

    private init(_ count: Int, _ more: String, _ address: String) throws {
        self.address = address
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
        // Its parent's sockets are none of its business: one that it kept open would never end.
        let script = #"""
            for one in /proc/self/fd/*; do n=${one##*/}; [ "$n" -lt 3 ] || eval "exec $n>&-"; done
            exec "$0" -c "$1" >>"$2" 2>&1 </dev/null
            """#
        let words = ["/bin/bash", "-c", script, Self.program!, "\(folder)/\(index).conf", "\(folder)/\(index).log"]
            .map { $0.withCString { strdup($0) } }
        defer { words.forEach { free($0) } }
        var process = pid_t()
        guard posix_spawn(&process, "/bin/bash", nil, nil, words + [nil], environ) == 0 else {
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

    /// Sends a server a signal; returns once one that is to stand still does.
    func signal(_ signal: Int32, _ index: Int = 0) {
        let process = processes.withLock { $0[index] }
        guard process > 0 else { return }
        kill(process, signal)
        guard signal == SIGSTOP else { return }
        var status: Int32 = 0
        while waitpid(process, &status, WUNTRACED) < 0, errno == EINTR {}
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

    var addresses: [String] { ports.map { "\(address)\($0)" } }

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

    /// Ports below those that the system gives to clients: while a server is down, a client that tries its port would be given that
    /// very port for its own end, talk to itself, and keep the server from coming back.
    private static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { sockets.forEach { close($0) } }
        var ports: [Int] = []
        for _ in 0..<1_000 where ports.count < count {
            let port = Int.random(in: 12_000..<32_000)
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(socket)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = UInt16(port).bigEndian
            let isFree = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isFree { ports.append(port) }
        }
        guard ports.count == count else { throw TestFailure("no free ports") }
        return ports
    }
}

/// Waits until something is so; fails with what was waited for.
func eventually(_ what: String, within seconds: Int64 = 180, _ condition: () async throws -> Bool) async throws {
    let deadline = Deadline(what, seconds: seconds)
    while try await !condition() {
        try deadline.check()
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// The moment from which on a loop of a test gives up, with what it waited for.
struct Deadline {
    private let what: String
    private let seconds: Int64
    private let end: Int64

    init(_ what: String, seconds: Int64 = 300) {
        self.what = what
        self.seconds = seconds
        end = Monotonic.deadline(after: seconds * 1_000_000)
    }

    func check() throws {
        guard Monotonic.now() < end else {
            throw NATSServer.TestFailure("this is not so after \(seconds) s: \(what)")
        }
    }
}

/// A name that no other test uses.
func unusedName(_ prefix: String = "S") -> String { prefix + UUID().uuidString.prefix(8) }
#endif
