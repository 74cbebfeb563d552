import Foretail

#if Kafka
import ForetailKafka
#endif

/// The destinations `foretail tail` knows: one of them is there.
struct TailDestination: Destination {
    /// Standard output.
    private var output: DescriptorDestination?
    /// Standard output with a status line below it.
    private var terminal: TerminalDestination?
    /// A file.
    private var file: FileDestination?
    /// A subject of NATS JetStream.
    private var nats: NATSTailDestination?
    #if Kafka
    /// A topic.
    private var kafka: KafkaDestination?
    #endif

    /// Writes where `--to` says, or to standard output, with a status line below it if there is one.
    init(_ options: TailOptions, status: StatusLine?) throws(ForetailError) {
        #if Kafka
        if options.isToKafka {
            kafka = try options.kafkaDestination()
            return
        }
        #endif
        if let path = options.to, NATSTail.isAddress(path) {
            nats = try NATSTailDestination(path, options.nats)
        } else if let path = options.to {
            file = try FileDestination(path: path)
        } else if let status {
            terminal = TerminalDestination(DescriptorDestination(), status: status)
        } else {
            output = DescriptorDestination()
        }
    }

    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
        try output?.deliver(records, to: id)
        try terminal?.deliver(records, to: id)
        try file?.deliver(records, to: id)
        try await nats?.deliver(records, to: id)
        #if Kafka
        try await kafka?.deliver(records, to: id)
        #endif
    }

    /// Ends a file or a connection properly; does nothing for standard output, which somebody else closes.
    mutating func close() async throws(ForetailError) {
        try file?.close()
        #if Kafka
        await kafka?.close()
        #endif
    }
}
