#if Server && NATS
import ArgumentParser
import ForetailServer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How a server becomes a node of a cluster.
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

    /// What a cluster's node is to be; nil: the server is none.
    func settings() throws -> ClusterSettings? {
        guard let cluster else {
            guard node == nil else { throw ValidationError("--node: a name is for a node of a cluster; add --cluster") }
            return nil
        }
        guard snapshotEvents >= 100 else { throw ValidationError("--snapshot-events: expected at least 100") }
        var settings = ClusterSettings(
            servers: cluster.split(separator: ",").map(String.init), node: node ?? Self.hostName)
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
}
#endif
