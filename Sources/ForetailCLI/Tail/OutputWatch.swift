#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whether whoever read our output has left: a live tail learns it without having to write.
enum OutputWatch {
    /// Whether standard output is a pipe without a reader.
    static var isClosed: Bool {
        var watched = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return poll(&watched, 1, 0) > 0 && watched.revents & Int16(POLLERR) != 0
    }
}
