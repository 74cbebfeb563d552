#if Server
import Foretail
import ForetailSQLite
import Synchronization

/// Those who share a name on their tokens: what they have, and the threads that work for them.
final class Tenant: Sendable {
    /// The name.
    let name: String
    /// The threads that work for it; others may share them.
    let threads: TenantThreads
    private let requestCount = Atomic(0)
    private let readerCount = Atomic(0)

    init(_ name: String, threads: TenantThreads) {
        self.name = name
        self.threads = threads
    }

    /// Tail requests that are its.
    var requests: Int { requestCount.load(ordering: .relaxed) }
    /// Readers that are connected.
    var readers: Int { readerCount.load(ordering: .relaxed) }

    /// Counts a tail request in.
    ///
    /// - Returns: Whether there was room.
    func enterRequest(limit: Int?) -> Bool { Self.enter(requestCount, limit: limit) }

    /// Counts a tail request out.
    func leaveRequest() { requestCount.wrappingSubtract(1, ordering: .relaxed) }

    /// Counts a reader in.
    ///
    /// - Returns: Whether there was room.
    func enterReader(limit: Int?) -> Bool { Self.enter(readerCount, limit: limit) }

    /// Counts a reader out.
    func leaveReader() { readerCount.wrappingSubtract(1, ordering: .relaxed) }

    private static func enter(_ count: borrowing Atomic<Int>, limit: Int?) -> Bool {
        let now = count.wrappingAdd(1, ordering: .relaxed).newValue
        guard let limit, now > limit else { return true }
        count.wrappingSubtract(1, ordering: .relaxed)
        return false
    }
}

/// Threads of a tenant's own: the system's scheduler divides the processors among threads, and so among tenants, whatever one of
/// them asks for.
///
/// Made when they are needed first. Where there are more tenants than ``ServerLimits/tenantThreads``, some share.
final class TenantThreads: Sendable {
    /// What is there so far.
    private struct State {
        var shard: Shard?
        var writer: LogWriter?
        var past: BlockingPool?
        var calls: CallThreads?
    }

    private let state = Mutex(State())
    private let makeShard: @Sendable () -> Shard
    private let makeWriter: @Sendable () -> LogWriter

    init(makeShard: @escaping @Sendable () -> Shard, makeWriter: @escaping @Sendable () -> LogWriter) {
        self.makeShard = makeShard
        self.makeWriter = makeWriter
    }

    /// Matches and predicts the events of its streams.
    var shard: Shard {
        state.withLock { state in
            if let shard = state.shard { return shard }
            let shard = makeShard()
            state.shard = shard
            return shard
        }
    }

    /// Writes the logs of its streams.
    var writer: LogWriter {
        state.withLock { state in
            if let writer = state.writer { return writer }
            let writer = makeWriter()
            state.writer = writer
            return writer
        }
    }

    /// Reads what its readers ask of the past.
    var past: BlockingPool {
        state.withLock { state in
            if let past = state.past { return past }
            let past = BlockingPool(threads: 1, niceness: ThreadPriority.past)
            state.past = past
            return past
        }
    }

    /// Answer its calls: bodies are taken apart here.
    var calls: CallThreads {
        state.withLock { state in
            if let calls = state.calls { return calls }
            let calls = CallThreads()
            state.calls = calls
            return calls
        }
    }

    /// What was made and has to be ended.
    var ending: (shard: Shard?, writer: LogWriter?) { state.withLock { ($0.shard, $0.writer) } }
}
#endif
