#if Server
import Foundation
import Synchronization

/// The threads that write logs. One serves many: each log in its turn, a few megabytes in a turn.
///
/// All that was submitted to a log when its turn comes goes into one transaction, up to those megabytes: the more there is to do,
/// the fewer syncs an event costs.
public final class LogWriter: Sendable {
    private let work: LogWork

    /// Starts the threads.
    ///
    /// - Parameter threads: How many. A log is written by one at a time.
    public init(threads: Int = 1) {
        precondition(threads > 0, "a writer needs a thread")
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
