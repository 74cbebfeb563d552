#if Server
import Foretail
import Foundation

/// Two threads that write logs in turns: one while there is little to do, the other while there is much.
final class LogRelay: @unchecked Sendable {
    /// One of the two.
    enum Runner {
        case first
        case second
    }

    /// Processor time from which on the second one runs, and below which the first one does again, in percent. Time spent waiting for
    /// the disk is nobody's.
    private static let hot: Int64 = 10
    private static let cool: Int64 = 3

    private let work: LogWork
    // The runner's, whichever has the baton.
    private var load = ThreadLoad(hotFrom: LogRelay.hot, coolBelow: LogRelay.cool)
    // Both stand under the condition's lock.
    private let condition = NSCondition()
    private var holder = Runner.first
    private var isOver = false
    private var passes = 0

    init(_ work: LogWork) { self.work = work }

    /// How often one has handed over to the other.
    var handOvers: Int {
        condition.lock()
        defer { condition.unlock() }
        return passes
    }

    /// A thread's life.
    func run(as runner: Runner) {
        while take(runner) {
            load.begin(Monotonic.now(), worked: ThreadClock.now())
            pass(to: runner == .first ? .second : .first, isOver: work.run(&load))
        }
    }

    private func take(_ runner: Runner) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isOver, holder != runner { condition.wait() }
        return !isOver
    }

    private func pass(to runner: Runner, isOver: Bool) {
        condition.lock()
        holder = runner
        self.isOver = isOver
        if !isOver { passes += 1 }
        condition.broadcast()
        condition.unlock()
    }
}
#endif
