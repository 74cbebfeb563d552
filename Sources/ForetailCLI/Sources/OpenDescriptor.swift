#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import FieldExtraction
import Foretail

/// A file descriptor that is closed with its last owner, unless it was only borrowed.
final class OpenDescriptor: Sendable {
    /// What identifies a file whatever its name: device and inode.
    struct Identity: Hashable {
        /// The device's number.
        var device: UInt64
        /// The inode's number.
        var inode: UInt64
    }

    /// What the system knows of the open file.
    struct Status {
        /// Device and inode.
        var identity: Identity
        /// Its bytes.
        var size: Int
        /// Whether it is a regular file, so that reading never waits.
        var isRegular: Bool
        /// Whether it is a directory.
        var isDirectory: Bool
        /// Whether it is a pipe.
        var isPipe: Bool
        /// When its bytes were changed last.
        var modified: Timestamp
    }

    /// The descriptor's number.
    let number: Int32
    private let isOwned: Bool

    /// Uses a descriptor that somebody else closes, as standard input.
    init(borrowing number: Int32) {
        self.number = number
        isOwned = false
    }

    /// Takes over a descriptor.
    init(owning number: Int32) {
        self.number = number
        isOwned = true
    }

    /// Opens a file; nil with `errno` set if that fails.
    convenience init?(path: String, flags: Int32, mode: mode_t = 0) {
        var number: Int32
        repeat { number = open(path, flags | O_CLOEXEC, mode) } while number < 0 && errno == EINTR
        guard number >= 0 else { return nil }
        self.init(owning: number)
    }

    deinit {
        if isOwned { close(number) }
    }

    /// What the system knows of it; nil with `errno` set if it does not answer.
    var status: Status? {
        var buffer = stat()
        guard fstat(number, &buffer) == 0 else { return nil }
        return Status(buffer)
    }

    /// What the system knows of the file with this name now; nil if there is none.
    static func status(path: String) -> Status? {
        var buffer = stat()
        guard stat(path, &buffer) == 0 else { return nil }
        return Status(buffer)
    }
}

extension OpenDescriptor.Status {
    fileprivate init(_ buffer: stat) {
        let kind = buffer.st_mode & S_IFMT
        self.init(
            identity: OpenDescriptor.Identity(device: UInt64(buffer.st_dev), inode: UInt64(buffer.st_ino)),
            size: Int(buffer.st_size), isRegular: kind == S_IFREG, isDirectory: kind == S_IFDIR,
            isPipe: kind == S_IFIFO,
            modified: Timestamp(
                microseconds: Int64(buffer.st_mtim.tv_sec) * 1_000_000 + Int64(buffer.st_mtim.tv_nsec) / 1_000))
    }
}
