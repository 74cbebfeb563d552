#if Server
import Foundation
import Synchronization

/// The threads that write logs. One serves many: each log in its turn, a few megabytes in a turn.
///
/// All that was submitted to a log when its turn comes goes into one transaction, up to those megabytes: the more there is to do,
/// the fewer syncs an event costs.
public final class LogWriter: Sendable {
    private let work: LogWork
    private let relays: [LogRelay]
    /// The logs whose files are open.
    let openLogs: OpenLogs

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - threads: How many. A log is written by one at a time.
    ///   - openLogs: How many logs may have their files open at a time, of those that wait for nothing. A log takes three
    ///     files, a reading of it two more.
    ///   - whenHot: Called by a second thread when it begins, for instance to lower its priority. A thread that takes much of a
    ///     processor goes on on its second one until it does not. nil: there is none.
    public init(threads: Int = 1, openLogs: Int = .max, whenHot: (@Sendable () -> Void)? = nil) {
        precondition(threads > 0, "a writer needs a thread")
        self.openLogs = OpenLogs(limit: openLogs)
        let work = LogWork(threads: threads)
        self.work = work
        guard let whenHot else {
            relays = []
            for number in 1...threads { Self.start("log-\(number)") { work.run() } }
            return
        }
        relays = (1...threads).map { _ in LogRelay(work) }
        for (place, relay) in relays.enumerated() {
            Self.start("log-\(place + 1)") { relay.run(as: .first) }
            Self.start("log-\(place + 1)-hot") {
                whenHot()
                relay.run(as: .second)
            }
        }
    }

    private static func start(_ name: String, _ run: @escaping @Sendable () -> Void) {
        let thread = Thread(block: run)
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit { work.stop() }

    /// How often a thread has handed over to its second one, or back.
    var handOvers: Int { relays.reduce(0) { $0 + $1.handOvers } }

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
