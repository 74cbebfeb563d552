#if Server
import Foretail
import Synchronization

/// Two threads that answer a tenant's calls: one while they take little of a processor, the other, which gives way to all others,
/// while they take much.
final class CallThreads: Sendable {
    /// The load and what it was measured from.
    private struct State {
        var load = ThreadLoad(hotFrom: 10, coolBelow: 3)
        /// Processor time of both threads, and of each when it was read last, in microseconds.
        var worked: Int64 = 0
        var lastCool: Int64 = 0
        var lastHot: Int64 = 0
    }

    private let cool = ThreadExecutor()
    private let hot = ThreadExecutor()
    private let isHot = Atomic(false)
    private let state = Mutex(State())
    private let clock = ServerClock()

    init() {
        Task(executorPreference: hot) { ThreadPriority.lower(by: ThreadPriority.hotCalls) }
    }

    /// Answers a call on the thread that is meant for it.
    func run<Value>(_ work: () async throws -> Value) async throws -> Value {
        let isHot = isHot.load(ordering: .relaxed)
        return try await withTaskExecutorPreference(isHot ? hot : cool) {
            let result: Result<Value, any Error>
            do {
                result = .success(try await work())
            } catch {
                result = .failure(error)
            }
            note(isHot)
            return try result.get()
        }
    }

    /// Adds what its thread took, and judges both.
    private func note(_ wasHot: Bool) {
        let now = clock.monotonic
        let processor = ThreadClock.now()
        state.withLock { state in
            state.worked += processor - (wasHot ? state.lastHot : state.lastCool)
            if wasHot { state.lastHot = processor } else { state.lastCool = processor }
            guard state.load.isDue(now) else { return }
            state.load.note(now, worked: state.worked)
            isHot.store(state.load.isHot, ordering: .relaxed)
        }
    }
}
#endif
