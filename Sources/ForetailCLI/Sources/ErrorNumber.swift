#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An `errno` with the words a person needs: what it means, and what to do about it.
struct ErrorNumber: Hashable {
    /// The number.
    var value: Int32

    /// The error of the system call made last on this thread.
    static var current: ErrorNumber { ErrorNumber(value: errno) }

    /// What it means, in lower case: `permission denied`.
    var text: String {
        switch value {
        case ENOENT: "no such file"
        case EACCES, EPERM: "permission denied"
        case EISDIR: "is a directory"
        case ENOTDIR: "a part of the path is not a directory"
        case EMFILE, ENFILE: "too many open files"
        case ENOSPC: "no space left on the device"
        case EDQUOT: "disk quota exceeded"
        case EFBIG: "the file may not grow further"
        case EROFS: "the file system is read-only"
        case EIO: "input/output error"
        case ENXIO: "no such device"
        case EBADF: "not open"
        case ELOOP: "too many symbolic links"
        case ENAMETOOLONG: "the name is too long"
        case EPIPE: "closed by its reader"
        default: Self.systemText(value)
        }
    }

    /// What to do when a file cannot be read.
    var readingRemedy: String {
        switch value {
        case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP: "check the path"
        case EACCES, EPERM: "run as a user who may read it, or ask its owner for read permission"
        case EISDIR: "name a file in it"
        case EMFILE, ENFILE: "raise the limit with `ulimit -n`"
        case EIO, ENXIO: "check the disk and the kernel's log (dmesg)"
        case EBADF: "give it an input, as in `foretail tail - < FILE`"
        default: "check that it can be read, for example with `cat`"
        }
    }

    /// What to do when a file cannot be written.
    var writingRemedy: String {
        switch value {
        case ENOENT, ENOTDIR: "create the folder first"
        case ENAMETOOLONG, ELOOP: "check the path"
        case EACCES, EPERM: "run as a user who may write it, or write somewhere else"
        case EISDIR: "name a file in it"
        case EMFILE, ENFILE: "raise the limit with `ulimit -n`"
        case ENOSPC, EDQUOT: "free some space and run again, or write somewhere else"
        case EFBIG: "raise the limit with `ulimit -f`, or write to another file"
        case EROFS: "write somewhere else"
        case EIO, ENXIO: "check the disk and the kernel's log (dmesg)"
        case EBADF: "give it an output, as in `> FILE`"
        default: "check that it can be written, or write somewhere else"
        }
    }

    private static func systemText(_ number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        let words = String(cString: text)
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
