#if Postgres
import Foretail
import Synchronization

/// What others tell the pool's thread.
final class LoopInbox: Sendable {
    enum Item: Sendable {
        case fetch(Fetch)
        /// The caller of a fetch went away.
        case cancel(UInt64)
        case check(ReferenceQuery, CheckedContinuation<Result<Void, ReferenceFailure>, Never>)
        case connected(Result<PostgresLink, ReferenceFailure>)
        case planned(ReferenceQuery, Result<QueryPlan, ReferenceFailure>)
        case close(CheckedContinuation<Void, Never>?)
    }

    let wake = WakePipe()
    private let state = Mutex<(items: [Item], isClosed: Bool)>(([], false))

    /// Puts an item in; false: the thread takes no more.
    @discardableResult
    func put(_ item: Item) -> Bool {
        let (isTaken, isFirst) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.items.append(item)
            return (true, state.items.count == 1)
        }
        if isFirst { wake.wake() }
        return isTaken
    }

    /// Takes all items.
    func take() -> [Item] {
        wake.drain()
        return state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    /// Takes the last items; none can be put in any more.
    func close() -> [Item] {
        state.withLock { state in
            state.isClosed = true
            defer { state.items = [] }
            return state.items
        }
    }
}
#endif
