import Foretail

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

    /// Writes to a file, to a subject of NATS, or to standard output, with a status line below it if there is one.
    init(path: String?, status: StatusLine?) throws(ForetailError) {
        if let path, NATSTail.isAddress(path) {
            nats = try NATSTailDestination(path)
        } else if let path {
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
    }

    /// Ends a file properly; does nothing for standard output, which somebody else closes.
    mutating func close() throws(ForetailError) {
        try file?.close()
    }
}
