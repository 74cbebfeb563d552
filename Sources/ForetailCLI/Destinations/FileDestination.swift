#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Foretail

/// Records appended to a file, which is created if it is not there.
struct FileDestination: Destination {
    private let writer: DescriptorWriter
    private let synchronizesOnClose: Bool

    /// Opens the file for appending; creates it with mode 0644.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - synchronizesOnClose: Whether ``close()`` makes the records durable.
    /// - Throws: ``ForetailError`` (`destination`) naming the file and the remedy.
    init(path: String, synchronizesOnClose: Bool = false) throws(ForetailError) {
        guard let descriptor = OpenDescriptor(path: path, flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o644) else {
            let error = ErrorNumber.current
            throw ForetailError(.destination, "\(path): \(error.text); \(error.writingRemedy)")
        }
        writer = DescriptorWriter(descriptor, name: path)
        self.synchronizesOnClose = synchronizesOnClose
    }

    /// Appends the records; returns when the system has them.
    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) throws(ForetailError) {
        try writer.write(records)
    }

    /// Makes the records durable, if that was asked for. The file is closed with the last copy of the destination.
    mutating func close() throws(ForetailError) {
        if synchronizesOnClose { try writer.synchronize() }
    }
}
