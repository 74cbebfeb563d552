import Foretail

/// Records on the terminal, with the status line out of their way.
struct TerminalDestination: Destination {
    private var output: DescriptorDestination
    private let status: StatusLine

    /// Puts a status line below the records of `output`.
    init(_ output: DescriptorDestination, status: StatusLine) {
        self.output = output
        self.status = status
    }

    /// Takes the status line away and writes the records, in one write.
    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) throws(ForetailError) {
        var bytes = status.clear()
        if bytes.isEmpty { return try output.deliver(records, to: id) }
        records.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        try output.deliver(bytes, to: id)
    }
}
