#if Server
import Foretail
import ForetailSQLite
import Synchronization

/// Threads for calls that wait in the kernel: the disk, above all. The cooperative pool has as many threads as there are
/// cores, and none to lend.
///
/// Calls wait in lanes, each of which has its turn: whoever reads much history keeps nobody from opening a log.
final class BlockingPool: Sendable {
    private typealias Call = @Sendable () -> Void

    private let executors: [ThreadExecutor]
    private let waiting = Mutex(FairQueue<Lane, Call>())
    private let clock = ServerClock()

    /// Starts so many threads.
    ///
    /// - Parameter niceness: How far they give way to others, in steps of the system's.
    init(threads: Int, niceness: Int32 = 0) {
        executors = (0..<max(1, threads)).map { _ in ThreadExecutor() }
        guard niceness > 0 else { return }
        for executor in executors { Task(executorPreference: executor) { ThreadPriority.lower(by: niceness) } }
    }

    /// Runs `work` on one of the threads, when its lane has its turn.
    func run<Value: Sendable, Failure: Error>(
        lane: Lane = .server, _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            let call: Call = {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            waiting.withLock { $0.append(call, to: lane) }
            // Whichever is free first; to the others there is nothing left to do.
            for executor in executors { Task(executorPreference: executor) { self.serve() } }
        }
        return try result.get()
    }

    /// Serves whoever has the next turn, until nobody waits.
    private func serve() {
        while let turn = waiting.withLock({ $0.take() }) {
            let start = clock.monotonic
            turn.element()
            waiting.withLock { $0.finish(turn.lane, cost: 1 + clock.monotonic - start) }
        }
    }

    /// Asks something of a stream's log, which waits for the disk. In the lane of its tenant.
    ///
    /// - Throws: ``Problem`` that names the stream.
    func disk<Value: Sendable>(
        _ host: StreamHost, _ work: @escaping @Sendable () throws(LogFailure) -> Value
    ) async throws(Problem) -> Value {
        do throws(LogFailure) {
            return try await run(lane: host.lane.whole, work)
        } catch {
            throw Problem(error, host)
        }
    }
}
#endif
