#if Server
import Synchronization

/// All tenants by name, and the threads they are given in turn.
final class TenantDesk: Sendable {
    private struct State {
        var tenants: [String: Tenant] = [:]
        var next = 0
    }

    private let state = Mutex(State())
    private let threads: [TenantThreads]

    /// Takes threads to give out; none of them is started yet.
    init(_ threads: [TenantThreads]) {
        precondition(!threads.isEmpty, "tenants need threads to share")
        self.threads = threads
    }

    /// A tenant by its name; a new one gets the threads that the fewest have.
    func tenant(_ name: String) -> Tenant {
        state.withLock { state in
            if let known = state.tenants[name] { return known }
            let tenant = Tenant(name, threads: threads[state.next % threads.count])
            state.next += 1
            state.tenants[name] = tenant
            return tenant
        }
    }

    /// All threads.
    var allThreads: [TenantThreads] { threads }
}
#endif
