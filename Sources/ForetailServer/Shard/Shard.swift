#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// A thread that owns a manager: appends, processes and publishes the events of its streams.
///
/// Everything that touches the manager goes through the inbox and is done between two batches: no lock and no hop per event.
/// The thread is not one of the cooperative pool. A shard that runs hot goes on on a second one that gives way to all others, so
/// that it takes nothing from HTTP, nor from shards that have little to do: a thread may lower its priority, and not raise it.
final class Shard: Sendable {
    /// Which shard it is, from 0.
    let number: Int
    private let inbox: ShardInbox
    private let executor = ThreadExecutor()
    private let hotExecutor = ThreadExecutor()
    private let loop: Task<Void, Never>
    private let board: ShardBoard

    /// Starts the thread.
    init(
        number: Int, configuration: ServerConfiguration, stores: ReferenceStores = ReferenceStores(),
        journal: WatchJournal? = nil
    ) {
        self.number = number
        let inbox = ShardInbox(limit: configuration.limits.inboxBytes)
        self.inbox = inbox
        let board = ShardBoard()
        self.board = board
        let trainer = Trainer(inbox: inbox)
        let hotExecutor = hotExecutor
        Task(executorPreference: hotExecutor) { ThreadPriority.lower(by: ThreadPriority.hotShard) }
        loop = Task(executorPreference: executor) {
            var state = ShardState(
                configuration: configuration, stores: stores, journal: journal, board: board, trainer: trainer,
                receiver: { _ = inbox.add(.answers($0)) }, keptReceiver: { _ = inbox.add(.kept(through: $0)) })
            var load = ThreadLoad(hotFrom: 50, coolBelow: 20)
            while !state.run(inbox, &load) {
                guard load.isHot else { continue }
                let isDone = await withTaskExecutorPreference(hotExecutor) { state.run(inbox, &load) }
                if isDone { return }
            }
        }
    }

    /// The bytes of events that wait to be processed.
    var waitingBytes: Int { inbox.bytes }

    /// What it has done, as of the last events it processed. Does not wait for it.
    var figures: ShardFigures { board.figures }

    /// Hands events over.
    ///
    /// - Returns: Whether there was room for them.
    func append(_ job: AppendJob) -> Bool { inbox.add(.append(job)) }

    /// Tells of changes in a store.
    func note(_ notice: ReferenceNotice, from store: String) { _ = inbox.add(.notice(notice, store: store)) }

    /// Does something with the shard's state, between two batches, when everything asked before in the lane is done.
    ///
    /// - Throws: What `work` throws, or ``Problem`` when the shard has ended.
    func perform<Value: Sendable>(
        lane: Lane = .server, _ work: @escaping @Sendable (inout ShardState) throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let result: Result<Value, Problem> = await withCheckedContinuation { continuation in
            let isTaken = inbox.add(
                .work(
                    { state in
                        do throws(Problem) {
                            continuation.resume(returning: .success(try work(&state)))
                        } catch {
                            continuation.resume(returning: .failure(error))
                        }
                    }, lane: lane))
            if !isTaken { continuation.resume(returning: .failure(.shuttingDown)) }
        }
        return try result.get()
    }

    /// Does something with the shard's state when its lane's turn comes; nobody waits for it.
    func post(lane: Lane = .server, _ work: @escaping @Sendable (inout ShardState) -> Void) {
        _ = inbox.add(.work(work, lane: lane))
    }

    /// Leaves events to the next start that are not processed so many microseconds from now: minutes of predictions may wait.
    func leaveEvents(after microseconds: Int64) { inbox.processesUntil = ServerClock().monotonic + microseconds }

    /// Ends the thread when what waits is done.
    func end() async {
        inbox.close()
        await loop.value
    }
}
#endif
