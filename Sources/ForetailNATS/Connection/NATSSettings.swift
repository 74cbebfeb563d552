/// How NATS is reached.
///
///     var settings = NATSSettings(servers: ["nats://127.0.0.1:4222", "nats://127.0.0.1:4223"])
///     settings.credentialsFile = "/etc/foretail/nats.creds"
///
/// A cluster needs only some of its servers here; the others are learned from it.
public struct NATSSettings: Sendable {
    /// Addresses of servers, `nats://HOST:PORT` or `tls://HOST:PORT`.
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
    /// Whether the connection must be encrypted; `tls://` addresses ask for it as well.
    public var isSecure = false
    /// A file of certificates (PEM) of the authorities that are trusted; nil: those of the system.
    public var authoritiesFile: String?
    /// A file with this client's certificates (PEM), for servers that ask for one; needs ``keyFile``.
    public var certificateFile: String?
    /// A file with the key (PEM) of ``certificateFile``.
    public var keyFile: String?
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
}
