#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Foretail

/// Records written to standard output, or to another descriptor that somebody else closes.
struct DescriptorDestination: Destination {
    private let writer: DescriptorWriter

    /// Creates a destination; ignores SIGPIPE from here on.
    init(descriptor: Int32 = STDOUT_FILENO, name: String = "standard output") {
        writer = DescriptorWriter(OpenDescriptor(borrowing: descriptor), name: name)
    }

    /// Writes all records; returns when the system has them.
    ///
    /// - Throws: ``ForetailError`` (`destination`); ask ``isClosedPipe(_:)`` whether it is a reason to end quietly.
    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) throws(ForetailError) {
        try writer.write(records)
    }

    /// Whether an error says that the reader of the pipe has left, as `head` does: a reason to end quietly.
    static func isClosedPipe(_ error: ForetailError) -> Bool { DescriptorWriter.isClosedPipe(error) }
}
