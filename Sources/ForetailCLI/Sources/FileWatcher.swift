#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Waits for something to happen to a file or its name: told by inotify, and by looking again after a while, since not every
/// file system tells.
struct FileWatcher {
    /// Why a wait ended.
    enum Wakeup {
        /// Something happened, or it is time to look again.
        case look
        /// The caller is wanted elsewhere.
        case interrupted
    }

    private let notify: OpenDescriptor?
    private let wake: Int32?
    private let lookAgainMicroseconds: Int64
    private var fileWatch: Int32 = -1

    /// Watches the folder of `path` for names that come and go.
    ///
    /// - Parameters:
    ///   - path: The file's path; it need not exist.
    ///   - wake: A descriptor that ends a wait when it becomes readable; nil: none.
    ///   - usesNotification: Whether to ask inotify; tests of the fallback say no.
    init(path: String, wake: Int32? = nil, usesNotification: Bool = true) {
        self.wake = wake
        let number = usesNotification ? inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) : -1
        notify = number >= 0 ? OpenDescriptor(owning: number) : nil
        lookAgainMicroseconds = number >= 0 ? 1_000_000 : 100_000
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if let notify {
            inotify_add_watch(
                notify.number, folder, UInt32(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE))
        }
    }

    /// Watches an open file, whatever its name, in place of the one before.
    mutating func watch(_ file: OpenDescriptor) {
        guard let notify else { return }
        if fileWatch >= 0 { inotify_rm_watch(notify.number, fileWatch) }
        let events = UInt32(IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
        fileWatch = inotify_add_watch(notify.number, "/proc/self/fd/\(file.number)", events)
    }

    /// Waits until something happens, or it is time to look again.
    ///
    /// - Parameter microseconds: The longest wait; nil: none.
    func wait(atMost microseconds: Int64?) -> Wakeup {
        let limit = min(microseconds ?? .max, lookAgainMicroseconds)
        var watched = [
            pollfd(fd: notify?.number ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&watched, 2, Deadline.pollTimeout(microseconds: limit))
        if count < 0 || watched[1].revents != 0 { return .interrupted }
        if watched[0].revents != 0 { drain() }
        return .look
    }

    /// Takes the messages away; what they say is found out by looking.
    private func drain() {
        guard let notify else { return }
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 8) { buffer in
            while read(notify.number, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
