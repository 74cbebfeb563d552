import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A whole file in memory, and its lines.
final class BenchFile {
    /// The lines without their ends; empty ones left out. Valid as long as the file is.
    private(set) var lines: [UnsafeBufferPointer<UInt8>] = []
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// Reads the file at `path`.
    init(path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw ForetailError(.source, "\(path) cannot be opened; check the name") }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size >= 0 else { throw ForetailError(.source, "\(path) is no regular file") }
        lseek(descriptor, 0, SEEK_SET)
        bytes = .allocate(capacity: max(1, size))
        var filled = 0
        while filled < size {
            let count = read(descriptor, bytes.baseAddress! + filled, size - filled)
            guard count > 0 else { throw ForetailError(.source, "\(path) cannot be read to its end") }
            filled += count
        }
        var start = 0
        for place in 0..<size where bytes[place] == UInt8(ascii: "\n") || place == size - 1 {
            let end = bytes[place] == UInt8(ascii: "\n") ? place : size
            if end > start { lines.append(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(bytes)[start..<end])) }
            start = place + 1
        }
    }

    deinit { bytes.deallocate() }
}
