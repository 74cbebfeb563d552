#if Postgres
import CPostgres
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailPostgres

/// A PostgreSQL server of a test's own: a fresh cluster in a temporary folder, on a loopback port, run by a user without rights.
///
/// PostgreSQL refuses to run as root, so then it runs as the user `postgres`. Stopped and removed with the object.
final class PostgresServer: Sendable {
    /// The folder of the newest server programs; nil where none are installed.
    static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.sorted().reversed().map { "\(root)/\($0)/bin" }
            .first { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }
    }()

    /// Whether tests with a server can run; says once why not.
    static let isAvailable: Bool = {
        guard programs != nil else {
            print("PostgreSQL is not installed (apt-get install postgresql): tests with a server are skipped")
            return false
        }
        return true
    }()

    /// One server for all tests that do not harm it.
    static var shared: PostgresServer { get async throws { try await sharedTask.value } }

    private static let sharedTask = Task {
        let server = try await PostgresServer.make()
        sharedServer.withLock { $0 = server }
        // Static objects are never released.
        atexit { sharedServer.withLock { $0 }?.stop() }
        return server
    }
    private static let sharedServer = Mutex<PostgresServer?>(nil)

    /// The thread on which servers are started and stopped: that takes seconds, which the tests' own threads must not wait.
    private static let thread = ThreadExecutor()

    struct TestFailure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    private let folder: String
    let port: Int
    private let settings: [String]

    /// Makes a cluster and starts it.
    static func make(_ settings: [String] = []) async throws -> PostgresServer {
        try await Task(executorPreference: thread) { try PostgresServer(settings) }.value
    }

    private init(_ settings: [String]) throws {
        folder = "/tmp/foretail-postgres-" + UUID().uuidString.prefix(8)
        port = try Self.freePort()
        self.settings = settings
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if getuid() == 0 { try Self.run("/bin/chown", ["postgres", folder]) }
        try run(
            "initdb", ["-D", folder + "/data", "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync", "--locale=C"])
        try startNow()
    }

    deinit { stop() }

    func start() async throws { try await Task(executorPreference: Self.thread) { try self.startNow() }.value }

    private func startNow() throws {
        var options = "-p \(port) -h 127.0.0.1 -k \(folder) -c fsync=off"
        for setting in settings { options += " -c \(setting)" }
        try run("pg_ctl", ["-D", folder + "/data", "-w", "-l", folder + "/log", "-o", options, "start"])
    }

    /// Stops at once, cutting all connections; `immediate` like a crash.
    func halt(_ mode: String = "fast") async throws {
        try await Task(executorPreference: Self.thread) { try self.haltNow(mode) }.value
    }

    private func haltNow(_ mode: String) throws {
        try run("pg_ctl", ["-D", folder + "/data", "-w", "-m", mode, "stop"])
    }

    func stop() {
        try? haltNow("immediate")
        try? Self.run("/bin/rm", ["-rf", folder])
    }

    var connection: String { "host=127.0.0.1 port=\(port) user=tester dbname=postgres sslmode=disable" }

    /// A store with this server.
    func store(_ change: (inout PostgresSettings) -> Void = { _ in }) throws -> PostgresReferenceStore {
        var settings = PostgresSettings(name: "test", connection: connection)
        change(&settings)
        return try PostgresReferenceStore(settings)
    }

    /// Runs statements on a connection of its own.
    @discardableResult
    func sql(_ sql: String) throws -> [[String?]] {
        let link = try PostgresLink.open(
            ConnectionText(connection, subject: "test"), connectSeconds: 5, isReadOnly: false)
        return try link.run(sql, deadline: Monotonic.deadline(after: 30_000_000))
    }

    /// Runs one of the server's programs as a user without rights.
    private func run(_ program: String, _ arguments: [String]) throws {
        let path = Self.programs! + "/" + program
        if getuid() == 0 {
            try Self.run("/usr/sbin/runuser", ["-u", "postgres", "--", path] + arguments)
        } else {
            try Self.run(path, arguments)
        }
    }

    /// Runs a program and waits for its end. Foundation's `Process` would wait for the server as well.
    private static func run(_ path: String, _ arguments: [String]) throws {
        let script = #"cd /tmp && exec "$@" >/dev/null 2>&1 </dev/null"#
        let words = (["/bin/sh", "-c", script, "sh", path] + arguments).map { strdup($0) }
        defer { words.forEach { free($0) } }
        var process = pid_t()
        var status: Int32 = -1
        guard posix_spawn(&process, "/bin/sh", nil, nil, words + [nil], environ) == 0 else {
            throw TestFailure("cannot run \(path)")
        }
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else {
            throw TestFailure("\(path) \(arguments.joined(separator: " ")): status \(status)")
        }
    }

    private static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
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

/// Waits until something is so.
func eventually(
    _ what: Comment, within seconds: Double = 300, _ condition: () async throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = Monotonic.deadline(after: Int64(seconds * 1_000_000))
    while Monotonic.now() < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

extension Result<ReferenceRows, ReferenceFailure> {
    /// The rows' JSON, or what failed.
    var text: String {
        switch self {
        case .success(let rows): String(decoding: rows.json, as: UTF8.self)
        case .failure(let failure): "\(failure.kind)"
        }
    }
}

extension PostgresReferenceStore {
    /// Fetches with ten seconds' time, as texts.
    func texts(_ query: ReferenceQuery, _ keys: [String], milliseconds: Int64 = 10_000) async throws -> [String] {
        try await fetch(query, keys: keys, timeoutMicroseconds: milliseconds * 1_000).map(\.text)
    }

    /// Why a check fails; nil: it does not.
    func refusal(_ query: String) async -> ReferenceFailure? {
        do throws(ReferenceFailure) {
            try await check(ReferenceQuery(query))
            return nil
        } catch {
            return error
        }
    }
}
#endif
