#if Server
import Synchronization

/// The place of one connected reader, given back once: when its reading ends, or with the response that was never written.
final class ReaderPlace: Sendable {
    private let readers: ReaderCount
    private let isOver = Atomic(false)

    /// Takes over a reader that was counted in.
    init(_ readers: ReaderCount) { self.readers = readers }

    deinit { leave() }

    /// Gives it back; the second time nothing happens.
    func leave() {
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        readers.leave()
    }
}
#endif
