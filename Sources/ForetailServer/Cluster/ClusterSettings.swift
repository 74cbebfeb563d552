#if Server && NATS
public import ForetailCluster
public import ForetailNATS

/// How a node takes part in a cluster.
public struct ClusterSettings: Sendable {
    /// Addresses of NATS servers with JetStream.
    public var servers: [String]
    /// Credentials and certificates for them; its servers, name and times are not used.
    public var nats = NATSSettings(servers: [])
    /// The node's name, unique in the cluster: letters, digits, `-` and `_`.
    public var node: String
    /// Servers that keep a copy of what is written: 1, 3 or 5.
    public var replicas = 3
    /// Partitions of a stream that has a key and does not say how many.
    public var partitions = 16
    /// Events of a partition between two snapshots of what was learned; the same on all nodes.
    public var snapshotEvents = 50_000
    /// The durations of leases; the same on all nodes.
    public var timing = ClusterTiming()

    /// Creates settings.
    public init(servers: [String], node: String) {
        self.servers = servers
        self.node = node
    }

    /// Refuses what cannot work.
    func check() throws(StartError) {
        guard !servers.isEmpty else {
            throw StartError(message: "--cluster: expected addresses such as nats://a:4222,nats://b:4222")
        }
        guard !node.isEmpty, node.utf8.count <= 64, node.utf8.allSatisfy(ClusterNames.isTokenByte) else {
            throw StartError(message: "--node '\(node)': expected 1 to 64 of the characters A-Z a-z 0-9 _ -")
        }
        guard [1, 3, 5].contains(replicas) else { throw StartError(message: "--replicas: expected 1, 3 or 5") }
        guard (1...ClusterNames.mostPartitions).contains(partitions) else {
            throw StartError(message: "--partitions: expected 1 to \(ClusterNames.mostPartitions)")
        }
    }
}
#endif
