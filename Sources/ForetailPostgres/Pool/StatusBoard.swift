#if Postgres
import Foretail
import Synchronization

/// Where the store's threads put what others may want to know.
final class StatusBoard: Sendable {
    private let state = Mutex(PostgresStatus())

    var status: PostgresStatus { state.withLock { $0 } }

    func set(connections: Int, failure: ReferenceFailure?) {
        state.withLock { state in
            state.connections = connections
            state.failure = failure
        }
    }

    func set(isListening: Bool, failure: ReferenceFailure?) {
        state.withLock { state in
            state.isListening = isListening
            state.noticeFailure = failure
        }
    }
}
#endif
