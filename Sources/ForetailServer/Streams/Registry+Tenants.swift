#if Server
import ForetailSQLite
import Synchronization

/// What belongs to tenants, and what works for them.
extension Registry {
    /// How many streams are a tenant's.
    nonisolated func streamCount(of owner: String) -> Int {
        hosts.withLock { hosts in hosts.values.count { $0.owner == owner } }
    }

    /// Reads, matches and renders the next stored events.
    nonisolated func step(_ replay: Replay, of host: StreamHost, for access: Access) async throws(Problem)
        -> Replay.Step
    {
        try await past(of: access).disk(host) { () throws(LogFailure) in try replay.step() }
    }

    /// The threads that read the past for somebody.
    nonisolated func past(of access: Access) -> BlockingPool { access.tenant?.threads.past ?? past }
}
#endif
