#if Server
import Synchronization

/// The logs of a writer whose files are open: at most so many. Beyond it those used longest ago close their files, which the
/// next reading or append opens again; what a log knows and gives (positions, bounds, losses) does not change by it.
///
/// A log that is at work stays open, so there may be as many more as there are threads that work.
final class OpenLogs: Sendable {
    /// A log and when it was used last, in uses of all logs.
    fileprivate struct Use {
        weak var log: StreamLog?
        var time: UInt64
    }

    fileprivate struct State {
        var uses: [ObjectIdentifier: Use] = [:]
        var time: UInt64 = 0
    }

    /// The most.
    let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = max(1, limit) }

    /// How many there are.
    var count: Int { state.withLock { $0.uses.count } }

    /// Notes that a log has opened its files, or used them; closes those of others if they are too many now.
    ///
    /// Waits for the disk where it closes some. Whoever calls it holds no log.
    func noteUse(of log: StreamLog) {
        for idle in state.withLock({ $0.use(log, limit: limit) }) where !idle.rest() {
            // Somebody works with it: it is not idle.
            state.withLock { $0.note(idle) }
        }
    }

    /// Forgets a log that was closed for good.
    func forget(_ log: StreamLog) { state.withLock { $0.uses[ObjectIdentifier(log)] = nil } }
}

extension OpenLogs.State {
    /// Files closed for one that was opened, so that a surplus goes down.
    private static let most = 2

    /// Notes a use.
    fileprivate mutating func note(_ log: StreamLog) {
        time += 1
        uses[ObjectIdentifier(log)] = OpenLogs.Use(log: log, time: time)
    }

    /// Notes a use.
    ///
    /// - Returns: The logs that are to rest.
    /// - Complexity: O(1); beyond the limit O(open logs), which is little beside what opening one costs.
    fileprivate mutating func use(_ log: StreamLog, limit: Int) -> [StreamLog] {
        note(log)
        var idle: [StreamLog] = []
        while uses.count > limit, idle.count < Self.most {
            guard let oldest = uses.min(by: { $0.value.time < $1.value.time }), oldest.value.time < time else { break }
            uses[oldest.key] = nil
            if let log = oldest.value.log { idle.append(log) }
        }
        return idle
    }
}

extension StreamLog {
    /// Closes the files until they are needed again, unless somebody works with them.
    ///
    /// The log is not marked as closed: what is given afterwards is of the same epoch, and a crash begins a new one.
    func rest() -> Bool {
        guard reading.withLockIfAvailable({ $0.close() }) != nil else { return false }
        return writing.withLockIfAvailable { writing in
            guard state.withLock({ $0.queue.isEmpty && $0.failure == nil }) else { return false }
            writing.rest()
            return true
        } ?? false
    }
}
#endif
