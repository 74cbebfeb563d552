import Synchronization

/// Notices on their way from a store's thread to whoever follows them, bounded: too many become ``ReferenceNotice/everything``.
///
///     let mailbox = NoticeMailbox()
///     for await _ in mailbox.arrivals {
///         for notice in mailbox.take() { receive(notice) }
///     }
public final class NoticeMailbox: Sendable {
    /// Notices that wait at most.
    public static let limit = 4_096

    /// An element whenever there is something to take; ends with ``finish()``. For one reader.
    public let arrivals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let notices = Mutex<[ReferenceNotice]>([])

    /// Creates an empty one.
    public init() { (arrivals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Puts notices in.
    public func put(_ more: [ReferenceNotice]) {
        guard !more.isEmpty else { return }
        notices.withLock { notices in
            if let last = more.lastIndex(of: .everything) {
                notices = Array(more[last...])
            } else {
                notices += more
            }
            if notices.count > Self.limit { notices = [.everything] }
        }
        signal.yield()
    }

    /// Takes what there is, in the order of its coming.
    public func take() -> [ReferenceNotice] {
        notices.withLock { notices in
            defer { notices = [] }
            return notices
        }
    }

    /// Ends the arrivals.
    public func finish() { signal.finish() }
}
