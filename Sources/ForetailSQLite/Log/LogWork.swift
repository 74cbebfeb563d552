#if Server
import Foretail
import Foundation

/// The logs that wait for their turn, and the threads that wait for logs.
final class LogWork: @unchecked Sendable {
    // All state stands under the condition's lock.
    private let condition = NSCondition()
    private var ready: [StreamLog] = []
    private var next = 0
    private var later: [(time: Date, log: StreamLog)] = []
    private var isStopping = false
    private var threads: Int
    private var onEndActions: [@Sendable () -> Void] = []

    init(threads: Int) { self.threads = threads }

    /// Puts a log into the line.
    ///
    /// - Returns: Whether there is still a thread to come to it.
    @discardableResult
    func schedule(_ log: StreamLog, afterSeconds: Double) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard threads > 0 else { return false }
        if afterSeconds > 0 {
            later.append((Date(timeIntervalSinceNow: afterSeconds), log))
        } else {
            ready.append(log)
        }
        condition.signal()
        return true
    }

    /// Ends the threads when the line is empty.
    func stop() {
        condition.lock()
        isStopping = true
        condition.broadcast()
        condition.unlock()
    }

    /// Calls something when all threads have ended.
    func onEnd(_ action: @escaping @Sendable () -> Void) {
        condition.lock()
        let isOver = threads == 0
        if !isOver { onEndActions.append(action) }
        condition.unlock()
        if isOver { action() }
    }

    /// A thread's life.
    func run() {
        while let log = take() { turn(log) }
        end()
    }

    /// A thread's life until it has begun or ceased to run hot.
    ///
    /// - Returns: Whether it is over.
    func run(_ load: inout ThreadLoad) -> Bool {
        let wasHot = load.isHot
        while let log = take() {
            turn(log)
            let now = Monotonic.now()
            guard load.isDue(now) else { continue }
            load.note(now, worked: ThreadClock.now())
            if load.isHot != wasHot { return false }
        }
        end()
        return true
    }

    private func turn(_ log: StreamLog) {
        switch log.takeTurn() {
        case .idle: break
        case .more: schedule(log, afterSeconds: 0)
        case .retry: schedule(log, afterSeconds: StreamLog.retrySeconds)
        }
    }

    private func end() {
        condition.lock()
        threads -= 1
        let actions = threads == 0 ? onEndActions : []
        condition.unlock()
        for action in actions { action() }
    }

    /// The next log in the line; nil when it is time to end.
    private func take() -> StreamLog? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if !later.isEmpty {
                let now = Date()
                for place in later.indices.reversed() where later[place].time <= now {
                    ready.append(later.remove(at: place).log)
                }
            }
            if next < ready.count {
                let log = ready[next]
                next += 1
                if next == ready.count || next > 64 {
                    ready.removeFirst(next)
                    next = 0
                }
                return log
            }
            if isStopping { return nil }
            if let soonest = later.map(\.time).min() {
                _ = condition.wait(until: soonest)
            } else {
                condition.wait()
            }
        }
    }
}
#endif
