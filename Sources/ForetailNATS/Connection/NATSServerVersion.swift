#if NATS
import FieldExtraction
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The version of a nats-server, as it says itself.
public struct NATSServerVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first version whose replicas agree after a crash.
    ///
    /// A server before it that led a stream when it was killed keeps messages that no other server had yet, and has them in place of
    /// those that the others took meanwhile (nats-server pull request 5957).
    public static let agreeingReplicas = NATSServerVersion(2, 10, 22)

    /// Its three numbers.
    public var major, minor, patch: Int

    /// Creates a version of three numbers.
    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `2.10.22`, also with something behind it (`2.11.0-beta`); nil for anything else.
    public init?(_ text: String) {
        let parts = text.prefix { $0 != "-" }.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let major = parts[0], let minor = parts[1], let patch = parts[2],
            major >= 0, minor >= 0, patch >= 0
        else { return nil }
        self.init(major, minor, patch)
    }

    /// The three numbers with dots.
    public var description: String { "\(major).\(minor).\(patch)" }

    /// Whether one came before the other.
    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

extension NATSConnection {
    /// The version of the server that is connected; nil where it cannot be learned.
    ///
    /// The library does not say, so this opens a connection for a moment and reads the first line, which every server sends before
    /// anything else, TLS too (https://docs.nats.io/reference/reference-protocols/nats-protocol#info).
    ///
    /// - Parameter microseconds: How long it may take.
    public func serverVersion(within microseconds: Int64 = 2_000_000) async -> NATSServerVersion? {
        guard let address = state.server else { return nil }
        let deadline = Monotonic.deadline(after: microseconds)
        // Not on the connection's thread: the name server is waited for.
        let line = await Task(executorPreference: ThreadExecutor()) { FirstLine.read(address, until: deadline) }.value
        guard let line, line.starts(with: "INFO ".utf8), let value = try? JSONValue(parsing: Array(line.dropFirst(5)))
        else { return nil }
        return value["version"]?.text.flatMap { NATSServerVersion($0) }
    }
}

/// The first line a server sends.
private enum FirstLine {
    private static let limit = 64 << 10

    static func read(_ address: String, until deadline: Int64) -> [UInt8]? {
        guard let descriptor = connected(address, until: deadline) else { return nil }
        defer { close(descriptor) }
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while line.count < limit, waits(descriptor, for: Int16(POLLIN), until: deadline) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            line += buffer[..<count]
            if let end = line.firstIndex(of: 0x0A) { return Array(line[..<end]) }
        }
        return nil
    }

    private static func connected(_ address: String, until deadline: Int64) -> Int32? {
        guard let (host, port) = hostAndPort(address) else { return nil }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let entry = next?.pointee {
            next = entry.ai_next
            let descriptor = socket(entry.ai_family, entry.ai_socktype, entry.ai_protocol)
            guard descriptor >= 0 else { continue }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let status = connect(descriptor, entry.ai_addr, entry.ai_addrlen)
            if status == 0 || (errno == EINPROGRESS && waits(descriptor, for: Int16(POLLOUT), until: deadline)) {
                return descriptor
            }
            close(descriptor)
        }
        return nil
    }

    /// `nats://a:4222`, `tls://[::1]:4222`, `a:4222`.
    private static func hostAndPort(_ address: String) -> (String, String)? {
        let place = address.split(separator: "://", maxSplits: 1).last.map(String.init) ?? address
        guard let colon = place.lastIndex(of: ":") else { return nil }
        let host = place[..<colon].filter { $0 != "[" && $0 != "]" }
        let port = place[place.index(after: colon)...].prefix { $0.isNumber }
        return host.isEmpty || port.isEmpty ? nil : (host, String(port))
    }

    private static func waits(_ descriptor: Int32, for events: Int16, until deadline: Int64) -> Bool {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        let left = deadline - Monotonic.now()
        return left > 0 && poll(&entry, 1, Int32(max(1, min(left / 1_000, 60_000)))) > 0
    }
}
#endif
