#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Foretail

/// The loop that gets all of an array's bytes through a descriptor.
struct DescriptorWriter {
    private let descriptor: OpenDescriptor
    /// What the descriptor is called in messages.
    let name: String

    /// Creates a writer. From here on a closed pipe is an error of the call and no longer ends the process.
    init(_ descriptor: OpenDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
        signal(SIGPIPE, SIG_IGN)
    }

    /// Writes all bytes; waits where the descriptor takes no more for the moment.
    ///
    /// - Throws: ``ForetailError`` (`destination`) with what was written by then.
    func write(_ bytes: borrowing [UInt8]) throws(ForetailError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Self.write(descriptor.number, UnsafeRawBufferPointer(rebasing: raw[written...]))
            }
            if count > 0 {
                written += count
                continue
            }
            // A device that takes nothing and gives no reason has no room.
            let error = count < 0 ? ErrorNumber.current : ErrorNumber(value: ENOSPC)
            switch error.value {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: waitForRoom()
            case EPIPE: throw Self.closedPipe(name)
            default: throw failure(error, written: written, of: bytes.count)
            }
        }
    }

    /// Makes what was written durable.
    func synchronize() throws(ForetailError) {
        while fsync(descriptor.number) != 0 {
            let error = ErrorNumber.current
            if error.value == EINTR { continue }
            // A pipe or a terminal has nothing to make durable.
            if error.value == EINVAL || error.value == ENOTSUP { return }
            throw ForetailError(
                .destination, "\(name): cannot be made durable: \(error.text); \(error.writingRemedy)")
        }
    }

    private func waitForRoom() {
        var watched = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
        _ = poll(&watched, 1, -1)
    }

    private func failure(_ error: ErrorNumber, written: Int, of total: Int) -> ForetailError {
        let extent = written > 0 ? " after \(written) of \(total) bytes, so its last line is incomplete" : ""
        return ForetailError(.destination, "\(name): \(error.text)\(extent); \(error.writingRemedy)")
    }

    private static func write(_ number: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(number, bytes.baseAddress, bytes.count)
        #else
        Musl.write(number, bytes.baseAddress, bytes.count)
        #endif
    }

    // MARK: Closed pipes

    private static let closedPipeText = ": its reader has closed the pipe; start it again to read on"

    private static func closedPipe(_ name: String) -> ForetailError {
        ForetailError(.destination, name + closedPipeText)
    }

    /// Whether an error says that the reader of a pipe has left, as `head` does: a reason to end quietly.
    static func isClosedPipe(_ error: ForetailError) -> Bool {
        error.code == .destination && error.message.hasSuffix(closedPipeText)
    }
}
