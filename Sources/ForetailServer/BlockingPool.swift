#if Server
import Foretail
import ForetailSQLite
import Synchronization

/// Threads for calls that wait in the kernel: the disk, above all. The cooperative pool has as many threads as there are
/// cores, and none to lend.
final class BlockingPool: Sendable {
    private let executors: [ThreadExecutor]
    private let next = Atomic(0)

    /// Starts so many threads.
    ///
    /// - Parameter niceness: How far they give way to others, in steps of the system's.
    init(threads: Int, niceness: Int32 = 0) {
        executors = (0..<max(1, threads)).map { _ in ThreadExecutor() }
        guard niceness > 0 else { return }
        for executor in executors { Task(executorPreference: executor) { ThreadPriority.lower(by: niceness) } }
    }

    /// Runs `work` on one of the threads.
    func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let place = next.wrappingAdd(1, ordering: .relaxed).newValue
        let executor = executors[Int(UInt(bitPattern: place) % UInt(executors.count))]
        return try await Task(executorPreference: executor) { () -> Result<Value, Failure> in
            do throws(Failure) { return .success(try work()) } catch { return .failure(error) }
        }.value.get()
    }

    /// Asks something of a stream's log, which waits for the disk.
    ///
    /// - Throws: ``Problem`` that names the stream.
    func disk<Value: Sendable>(
        _ host: StreamHost, _ work: @escaping @Sendable () throws(LogFailure) -> Value
    ) async throws(Problem) -> Value {
        do throws(LogFailure) {
            return try await run(work)
        } catch {
            throw Problem(error, host)
        }
    }
}
#endif
