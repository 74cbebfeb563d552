/// How NATS is reached.
///
///     var settings = NATSSettings(servers: ["nats://127.0.0.1:4222", "nats://127.0.0.1:4223"])
///     settings.credentialsFile = "/etc/foretail/nats.creds"
///
/// A cluster needs only some of its servers here; the others are learned from it.
public struct NATSSettings: Sendable {
    /// Addresses of servers: `nats://HOST:PORT`, or `tls://HOST:PORT` (also `nats+tls://`), of which one makes all connections
    /// encrypted.
    public var servers: [String]
    /// The name under which servers list the connection.
    public var name: String
    /// A file with a user's JWT and seed, as `nsc` writes it.
    public var credentialsFile: String?
    /// A token, where servers ask for one.
    public var token: String?
    /// A user name; needs ``password``.
    public var user: String?
    /// The password of ``user``.
    public var password: String?
    /// Whether the connection must be encrypted; `tls://` addresses, ``authoritiesFile`` and ``certificateFile`` ask for it as well.
    public var isSecure = false
    /// A file of certificates (PEM) of the authorities that are trusted; nil: those of the system. A server's certificate must come
    /// from one of them and hold the name in its address.
    public var authoritiesFile: String?
    /// A file with this client's certificates (PEM), for servers that ask for one; needs ``keyFile``.
    public var certificateFile: String?
    /// A file with the key (PEM) of ``certificateFile``.
    public var keyFile: String?
    /// Whether a connection that breaks is made anew; false: it is closed. The library sends what it had not sent yet over the new one,
    /// before all else: where order counts and no message says what it expects before it, a connection of its own that ends is needed.
    public var reconnects = true
    /// Microseconds that one attempt to connect may take.
    public var connectMicroseconds: Int64 = 2_000_000
    /// Microseconds between two attempts at the same server; up to as much again is added at random.
    public var reconnectMicroseconds: Int64 = 250_000
    /// Microseconds that an answer may take, where a call does not say otherwise.
    public var answerMicroseconds: Int64 = 5_000_000
    /// Microseconds between two signs of life; a connection that misses two of them is made anew.
    public var pingMicroseconds: Int64 = 5_000_000
    /// Microseconds that writing to a server may take before the connection is given up.
    public var writeMicroseconds: Int64 = 10_000_000

    /// Creates settings.
    public init(servers: [String], name: String = "foretail") {
        self.servers = servers
        self.name = name
    }

    /// Takes credentials and files of certificates from the environment, where they are set: `NATS_CREDS` (a file), `NATS_TOKEN`,
    /// `NATS_USER`, `NATS_PASSWORD`, `NATS_CA`, `NATS_CERT`, `NATS_KEY` (PEM files), as other clients of NATS know them.
    ///
    /// - Parameter variable: Gives the value of an environment variable; nil: it is not set.
    public mutating func takeEnvironment(_ variable: (String) -> String?) {
        credentialsFile = variable("NATS_CREDS") ?? credentialsFile
        token = variable("NATS_TOKEN") ?? token
        user = variable("NATS_USER") ?? user
        password = variable("NATS_PASSWORD") ?? password
        authoritiesFile = variable("NATS_CA") ?? authoritiesFile
        certificateFile = variable("NATS_CERT") ?? certificateFile
        keyFile = variable("NATS_KEY") ?? keyFile
    }

    /// Whether connections are encrypted or not made at all.
    var asksForTLS: Bool {
        isSecure || authoritiesFile != nil || certificateFile != nil || servers.contains { Self.scheme($0) == "tls" }
    }

    /// The addresses as the library knows them.
    var addresses: [String] {
        servers.map { server in
            guard let colon = server.firstIndex(of: ":"), let scheme = Self.scheme(server) else { return server }
            return scheme + server[colon...]
        }
    }

    /// Whether a text begins as the address of a NATS server does: `nats://`, `tls://`, `nats+tls://`.
    public static func isAddress(_ text: String) -> Bool { scheme(text) != nil }

    private static func scheme(_ text: String) -> String? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        switch text[..<colon].lowercased() {
        case "nats": return "nats"
        case "tls", "nats+tls": return "tls"
        default: return nil
        }
    }
}
