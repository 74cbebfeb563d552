import Synchronization

/// How far a source has come, for whoever shows it while the pipeline owns the source.
final class SourceProgress: Sendable {
    /// The bytes to read in all; nil: unknown, as for a pipe.
    let size: Int?
    private let bytes = Atomic<Int>(0)
    private let notices = Mutex<[SourceNotice]>([])
    /// Notices kept until they are taken; further ones are dropped.
    static let noticeLimit = 1_000

    /// Starts at zero.
    init(size: Int? = nil) { self.size = size }

    /// The bytes read so far.
    var bytesRead: Int { bytes.load(ordering: .relaxed) }

    /// Counts bytes read.
    func add(bytes count: Int) { bytes.add(count, ordering: .relaxed) }

    /// Keeps a notice.
    func add(_ notice: SourceNotice) {
        notices.withLock { if $0.count < Self.noticeLimit { $0.append(notice) } }
    }

    /// The notices since the last call, oldest first; forgets them.
    func takeNotices() -> [SourceNotice] {
        notices.withLock { notices in
            defer { notices = [] }
            return notices
        }
    }
}
