#if Server
import Foundation
import Synchronization

/// The threads that write logs. One serves many: each log in its turn, a few megabytes in a turn.
///
/// All that was submitted to a log when its turn comes goes into one transaction, up to those megabytes: the more there is to do,
/// the fewer syncs an event costs.
public final class LogWriter: Sendable {
    private let work: LogWork
    /// The logs whose files are open.
    let openLogs: OpenLogs

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - threads: How many. A log is written by one at a time.
    ///   - openLogs: How many logs may have their files open at a time, of those that wait for nothing. A log takes three
    ///     files, a reading of it two more.
    public init(threads: Int = 1, openLogs: Int = .max) {
        precondition(threads > 0, "a writer needs a thread")
        self.openLogs = OpenLogs(limit: openLogs)
        let work = LogWork(threads: threads)
        self.work = work
        for number in 1...threads {
            let thread = Thread { work.run() }
            thread.name = "log-\(number)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    deinit { work.stop() }

    /// How many logs have their files open.
    public var openLogCount: Int { openLogs.count }

    /// How many may, of those that wait for nothing.
    public var openLogLimit: Int { openLogs.limit }

    /// Stops after everything submitted is written. Logs may be closed before or after.
    public func shutDown() async {
        work.stop()
        await withCheckedContinuation { continuation in
            work.onEnd { continuation.resume() }
        }
    }

    /// Gives a log a turn.
    ///
    /// - Returns: Whether there is still a thread to come to it.
    func schedule(_ log: StreamLog) -> Bool { work.schedule(log, afterSeconds: 0) }
}
#endif
