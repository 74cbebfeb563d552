#if Server
import Synchronization

/// The readers connected, and how many may be.
final class ReaderCount: Sendable {
    private let count = Atomic(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// The readers connected.
    var value: Int { count.load(ordering: .relaxed) }

    /// Counts a reader in.
    ///
    /// - Returns: Whether there was room.
    func enter() -> Bool {
        let now = count.wrappingAdd(1, ordering: .relaxed).newValue
        if now <= limit { return true }
        count.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    /// Counts a reader out.
    func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
}
#endif
