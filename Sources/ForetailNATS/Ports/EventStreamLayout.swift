/// How a foretail stream lies in JetStream: one JetStream stream, whose subjects end with the partition.
///
///     let layout = EventStreamLayout(stream: "metrics", partitions: 16)
///     layout.subject(of: 3)               // "foretail.metrics.3"
///     layout.settings(replicas: 3)        // stream "FORETAIL_metrics" of "foretail.metrics.*"
public struct EventStreamLayout: Sendable, Hashable {
    /// The foretail stream's name; must be the token of a subject.
    public var stream: String
    /// What subjects begin with.
    public var prefix: String
    /// The number of partitions.
    public var partitions: Int

    /// Creates a layout.
    public init(stream: String, prefix: String = "foretail", partitions: Int = 1) {
        self.stream = stream
        self.prefix = prefix
        self.partitions = max(1, partitions)
    }

    /// The name of the JetStream stream.
    public var name: String { "FORETAIL_\(stream)" }

    /// The subject of a partition's events.
    public func subject(of partition: Int) -> String { "\(prefix).\(stream).\(partition)" }

    /// The subject of a key's events.
    public func subject(ofKey key: ArraySlice<UInt8>) -> String {
        subject(of: PartitionHash.partition(of: key, count: partitions))
    }

    #if NATS
    /// What the JetStream stream is to be. Where it is full it refuses new events rather than to forget old ones.
    public func settings(replicas: Int = 1) -> StreamSettings {
        var settings = StreamSettings(name: name, subjects: ["\(prefix).\(stream).*"])
        settings.replicas = replicas
        settings.discard = .new
        settings.description = "events of the foretail stream '\(stream)'"
        return settings
    }
    #endif
}
