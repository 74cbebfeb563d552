/// How a PostgreSQL store is reached, and the bounds of what it holds open and takes in.
///
///     var settings = PostgresSettings(name: "customers", connection: "postgresql://reader@db.example/shop")
///     settings.connections = 2
public struct PostgresSettings: Sendable {
    /// The store's name, as lookups and messages state it.
    public var name: String
    /// A connection string of libpq, as `key=value` pairs or as a URI; what it leaves out comes from libpq's environment
    /// variables (`PGHOST`, `PGPASSFILE`, …). TLS is as it says (`sslmode`, `sslrootcert`).
    public var connection: String
    /// Connections of the pool at most; they are opened as they are needed. A check uses one more for a moment, and so do
    /// change notices for as long as they are followed.
    public var connections = 4
    /// Keys under way on one connection at most; further ones wait for their turn.
    public var keysInFlight = 256
    /// Keys of one `= ANY($1)` at most.
    public var batchKeys = 256
    /// Bytes of one key's rows; rows beyond are cut.
    public var rowBytes = 1 << 20
    /// Bytes of one answer of the server. A larger one breaks the connection off, and its key fails.
    public var answerBytes = 16 << 20
    /// Seconds that an attempt to connect may take for each address, where the connection string says nothing else; at
    /// least two.
    public var connectSeconds = 5
    /// Microseconds that a check may take.
    public var checkMicroseconds: Int64 = 10_000_000
    /// Microseconds between two signs of life on the connection of change notices. One that does not answer within as many
    /// again is given up: a half-dead connection is noticed within twice this time.
    public var keepAliveMicroseconds: Int64 = 5_000_000
    /// The channel of change notices.
    public var channel = "foretail"

    /// Creates settings.
    public init(name: String, connection: String) {
        self.name = name
        self.connection = connection
    }
}
