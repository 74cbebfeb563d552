#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that is read at once, as those of /proc and the small ones of a user.
enum SmallFile {
    /// What is read at most.
    static let byteLimit = 1 << 20

    /// The text of a file; nil with `errno` set if it cannot be read, or is longer than ``byteLimit``.
    static func text(_ path: String) -> String? {
        guard let file = OpenDescriptor(path: path, flags: O_RDONLY) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < byteLimit {
            var count = 0
            bytes.append(addingCapacity: 16 << 10) { span in
                span.withUnsafeMutableBufferPointer { buffer, initialized in
                    count = read(file.number, buffer.baseAddress, buffer.count)
                    initialized = max(0, count)
                }
            }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            if count < 0, errno != EINTR { return nil }
        }
        errno = EFBIG
        return nil
    }
}
