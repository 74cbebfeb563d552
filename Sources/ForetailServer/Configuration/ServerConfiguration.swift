#if Server
public import Foretail

/// Everything that can be set on a server, with its defaults.
public struct ServerConfiguration: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0: any free one.
    public var port = 7_070
    /// Whether addresses other than loopback's are allowed without TLS or tokens.
    public var isInsecureRemote = false
    /// Certificate and key of the listener; without them it speaks plain HTTP.
    public var tls = TLSFiles()
    /// Names that the server goes by, beside addresses and `localhost`.
    public var hosts: [String] = []
    /// Whether callers have to say who they are although there is no token yet.
    public var requiresTokens = false
    /// The origins whose pages a browser lets call: scheme, host and port.
    public var origins: [String] = []
    /// How the record of control calls is kept.
    public var audit = AuditSettings()
    /// The folder of logs, catalogue and files.
    public var dataFolder = "foretail-data"
    /// Threads that match and predict; a stream belongs to one of them.
    public var shards = 1
    /// Threads that write logs.
    public var logWriters = 1
    /// Whether the first events of an unknown stream create it.
    public var autoCreateStreams = true
    /// Durability and retention of streams that do not state their own.
    var streamDefaults = StreamDefinition()
    /// Events of a stream's past that models are warmed up from.
    public var warmUpEvents = 100_000
    /// Microseconds between two snapshots of what was learned.
    public var snapshotMicroseconds: Int64 = 300_000_000
    /// Seconds that a shutdown may take before what is left is cut off.
    public var shutdownSeconds = 10
    /// How records are handed to readers.
    var delivery = DeliverySettings()
    /// The limits of lookups, for all shards together.
    public var lookups = LookupLimits()
    /// How webhooks are sent.
    public var webhooks = WebhookSettings()
    /// Who tells the addresses of webhooks' receivers; nil: the system.
    var webhookResolver: (any HostResolver)?
    /// The reference stores, by name.
    public var stores: [StoreDefinition] = []
    /// The limits of the server.
    public var limits = ServerLimits()
    /// Seed and limits of the core.
    public var manager: ManagerConfiguration = {
        var manager = ManagerConfiguration()
        manager.offersSurprise = false
        return manager
    }()

    /// The core of one shard: budgets of bytes are those of the server, and each shard has its share.
    var shardManager: ManagerConfiguration {
        var share = manager
        share.limits.bufferBytes = max(1, manager.limits.bufferBytes / max(1, shards))
        share.limits.modelBytes = max(1, manager.limits.modelBytes / max(1, shards))
        return share
    }

    /// What a tenant's own shard gets. Its parts of budgets are stated as they are; a shard divides them by their number.
    var tenantShard: ServerConfiguration {
        var own = self
        own.shards = max(shards, limits.tenantThreads)
        own.manager.limits.bufferBytes = limits.tenantBufferBytes * own.shards
        own.manager.limits.modelBytes = limits.tenantModelBytes * own.shards
        return own
    }

    /// Creates the default configuration.
    public init() {}
}

/// The files of a listener's certificate.
public struct TLSFiles: Hashable, Sendable {
    /// A PEM file: the server's certificate, then those that lead to its authority; empty: none.
    public var certificate = ""
    /// A PEM file: the certificate's private key; empty: none.
    public var key = ""

    /// Creates none.
    public init() {}

    /// Whether both are named.
    public var isComplete: Bool { !certificate.isEmpty && !key.isEmpty }
}

/// The named bounds of a server; `GET /v1/status` shows each with what is used of it.
public struct ServerLimits: Sendable {
    /// Bytes of a body that is read whole (JSON, CloudEvents); lines are taken piece by piece and have no such limit.
    public var bodyBytes = 16 << 20
    /// Bytes of a body of lines, unpacked.
    public var linesBodyBytes = 1 << 30
    /// Bytes of a control request's body.
    public var controlBytes = 1 << 20
    /// Events of a body that is one JSON text.
    public var bodyEvents = 250_000
    /// Bytes of one body that may be on their way to the disk; the rest of it is read when they are there.
    public var bodyQueuedBytes = 8 << 20
    /// Bytes of one stream's events that may be on their way to the disk; beyond it producers wait, then they are refused.
    public var queuedBytes = 64 << 20
    /// Bytes of events that may wait for one shard, with what it is at; beyond it producers wait, then they are refused.
    public var inboxBytes = 64 << 20
    /// Streams whose logs have their files open, unless the system allows too few files; those used longest ago are closed
    /// until they are needed again.
    public var openLogs = 1_024
    /// Streams that are counted from others.
    public var countStreams = 100
    /// Records of its watches that are kept of a tail request, for readers that come back.
    public var watchRecords = 10_000
    /// Records of watches that may wait for the disk; beyond it producers wait, then they are refused.
    public var waitingWatches = 65_536
    /// Connections open at a time.
    public var connections = 16_384
    /// Connections open at a time of one address, or of one IPv6 network of 64 bits.
    public var connectionsPerAddress = 4_096
    /// Bytes of a request's path and query; the longest filter, percent-encoded, takes 48 KiB.
    public var targetBytes = 64 << 10
    /// Headers of a request.
    public var headers = 100
    /// Bytes of a request's headers, names and values.
    public var headerBytes = 32 << 10
    /// Seconds from the first byte of a request to the end of its headers, for each request of a connection.
    public var headSeconds = 20
    /// Seconds from there to the end of its body.
    public var bodySeconds = 3_600
    /// Bytes that one packed byte of a body may stand for, on average, beyond its first mebibyte.
    public var unpackRatio = 200
    /// Readers connected at a time.
    public var subscribers = 10_000
    /// Events of one page of history.
    public var historyEvents = 100_000
    /// Events of one page of history, unless the reader asks for another number.
    public var defaultHistoryEvents = 1_000
    /// Entries of one page of a listing.
    public var pageEntries = 1_000
    /// Tokens that are kept, revoked ones among them.
    public var tokens = 10_000
    /// Tickets that may be used at a time.
    public var tickets = 10_000
    /// Tenants with threads of their own; where there are more, some share.
    public var tenantThreads = 8
    /// Bytes of live predictions that a tenant's threads may keep.
    public var tenantBufferBytes = 64 << 20
    /// Bytes of models that a tenant's threads may keep.
    public var tenantModelBytes = 256 << 20
    /// Seconds a request may take to send its body's next piece.
    public var idleSeconds = 60

    /// Creates the default limits.
    public init() {}
}
#endif
