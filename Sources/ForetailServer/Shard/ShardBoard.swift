#if Server
import Synchronization

/// Where a shard writes what it has done, for those who do not want to wait until it has time.
final class ShardBoard: Sendable {
    private let state = Mutex(ShardFigures())

    /// What the shard has done, as of the last events it processed.
    var figures: ShardFigures {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
#endif
