#if Server
import Forecasting
import Foretail
import Synchronization

/// The thread that runs a shard's training jobs.
///
/// A job is a pure function and its result counts at an event that was fixed when it began. So it is no matter when it comes back:
/// the shard waits for it only where it is needed before it is there, by doing the job itself.
final class Trainer: Sendable {
    /// Jobs that may wait; the shard does those beyond itself, which holds its producers back.
    private static let waitingLimit = 64

    private let executor = ThreadExecutor()
    private let inbox: ShardInbox
    private let waiting = Atomic(0)

    /// Starts the thread; results go to a shard's inbox.
    init(inbox: ShardInbox) {
        self.inbox = inbox
        Task(executorPreference: executor) { ThreadPriority.lower(by: ThreadPriority.training) }
    }

    /// Takes a job, if not too many wait.
    func run(_ training: Actions.Training) -> Bool {
        guard waiting.load(ordering: .relaxed) < Self.waitingLimit else { return false }
        waiting.wrappingAdd(1, ordering: .relaxed)
        Task(executorPreference: executor) { [self] in
            let result = training.job.run()
            waiting.wrappingSubtract(1, ordering: .relaxed)
            _ = inbox.add(.trained(id: training.id, result))
        }
        return true
    }
}
#endif
