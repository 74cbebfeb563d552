#if Server
import ArgumentParser
import ForetailServer

#if NATS
import ForetailNATS
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How a server becomes a node of a cluster. Known in every build, so that one without NATS can say what is missing.
struct ClusterOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Serve as a node of a cluster: streams and tail requests live in NATS JetStream, nodes share the partitions.",
            valueName: "nats://host:port,…"))
    var cluster: String?

    @Option(
        name: .long, help: ArgumentHelp("The node's name, unique in the cluster (the host's name).", valueName: "name"))
    var node: String?

    @Option(
        name: .long, help: ArgumentHelp("NATS servers that keep a copy of what is written: 1, 3 or 5.", valueName: "n"))
    var replicas = 3

    @Option(
        name: .long, help: ArgumentHelp("Partitions of a stream with a key that does not say how many.", valueName: "n")
    )
    var partitions = 16

    @Option(
        name: .long,
        help: ArgumentHelp("Events of a partition between two snapshots; the same on all nodes.", valueName: "n"))
    var snapshotEvents = 50_000

    @OptionGroup var nats: NATSOptions

    func validate() throws {
        guard let cluster else {
            guard node == nil else { throw ValidationError("--node: a name is for a node of a cluster; add --cluster") }
            if let option = nats.given { throw ValidationError("\(option): for nodes of a cluster; add --cluster") }
            return
        }
        #if NATS
        guard snapshotEvents >= 100 else { throw ValidationError("--snapshot-events: expected at least 100") }
        guard !cluster.contains("@") else {
            throw ValidationError(
                "--cluster: credentials in an address would be seen by others; set NATS_CREDS (a file), NATS_TOKEN, or NATS_USER "
                    + "and NATS_PASSWORD instead")
        }
        for address in cluster.split(separator: ",", omittingEmptySubsequences: false)
        where !NATSTail.isAddress(String(address)) {
            throw ValidationError(
                "--cluster: '\(address)' is no address of NATS; expected such as nats://a:4222,nats://b:4222 or tls://a:4222"
            )
        }
        #else
        throw ValidationError(MissingTrait.nats("--cluster \(cluster)"))
        #endif
    }

    #if NATS
    /// What a cluster's node is to be; nil: the server is none.
    func settings() -> ClusterSettings? {
        guard let cluster else { return nil }
        let servers = cluster.split(separator: ",").map(String.init)
        var settings = ClusterSettings(servers: servers, node: node ?? Self.hostName)
        settings.nats = nats.settings(servers: servers)
        settings.replicas = replicas
        settings.partitions = partitions
        settings.snapshotEvents = snapshotEvents
        return settings
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "node" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(text.map { $0 == "." ? "-" : $0 }.prefix(64))
    }
    #endif
}
#endif
