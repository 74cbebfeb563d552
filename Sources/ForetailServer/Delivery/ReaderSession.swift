#if Server
import Synchronization

/// One reader that is connected, and what it holds until it goes.
///
/// The server may never come to write to it: a client that is gone before the head of its response is written takes the
/// response with it. What is held is given back then, too.
final class ReaderSession: Sendable {
    /// Its reading.
    let subscription: Subscription
    private let readers: ReaderCount
    private let ends: (@Sendable () -> Void)?
    private let isOver = Atomic(false)

    /// Takes over a reading and a reader that was counted in; `ends` is called when it goes.
    init(_ subscription: Subscription, readers: ReaderCount, ends: (@Sendable () -> Void)?) {
        self.subscription = subscription
        self.readers = readers
        self.ends = ends
    }

    deinit { end() }

    /// Gives everything back. Only the first call counts.
    func end() {
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        subscription.end()
        readers.leave()
        ends?()
    }
}
#endif
