#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import Synchronization

/// The owners that run on this node.
final class OwnerDesk: Sendable {
    private struct Entry {
        var epoch: UInt32
        var control: OwnerControl
    }

    private let entries = Mutex<[PartitionID: Entry]>([:])
    private let executors: [ThreadExecutor]
    private let webhooks: ClusterWebhooks
    private let make: @Sendable (PartitionID, UInt32, OwnerControl) -> PartitionOwner?

    /// Creates a desk.
    ///
    /// - Parameters:
    ///   - threads: How many threads owners share.
    ///   - webhooks: Those whose requests belong to the partitions.
    ///   - make: Makes the owner of a partition; nil while its stream is not known.
    init(
        threads: Int, webhooks: ClusterWebhooks,
        make: @escaping @Sendable (PartitionID, UInt32, OwnerControl) -> PartitionOwner?
    ) {
        self.webhooks = webhooks
        executors = (0..<max(1, threads)).map { _ in ThreadExecutor() }
        for executor in executors { Task(executorPreference: executor) { ThreadPriority.lower(by: 5) } }
        self.make = make
    }

    /// Starts and stops owners so that they are those of the duties.
    func reconcile(_ duties: [PartitionID: PartitionDuty]) {
        webhooks.reconcile(duties)
        entries.withLock { entries in
            for (partition, entry) in entries where duties[partition]?.epoch != entry.epoch {
                entry.control.stop()
                entries[partition] = nil
            }
            for (partition, duty) in duties {
                if let entry = entries[partition] {
                    if duty.mode == .drain { entry.control.drain() }
                    continue
                }
                let control = OwnerControl()
                if duty.mode == .drain { control.drain() }
                guard let owner = make(partition, duty.epoch, control) else { continue }
                entries[partition] = Entry(epoch: duty.epoch, control: control)
                let executor = executors[Int(partition.number) % executors.count]
                Task(executorPreference: executor) { await owner.run() }
            }
        }
    }

    /// Asks the owners of a stream's partitions that run here; answers by partition, of those that are live and have one.
    func ask(_ question: PartitionQuestion, of stream: String) async -> [UInt32: JSONValue] {
        let controls = entries.withLock {
            $0.filter { $0.key.stream == stream }.map { ($0.key.number, $0.value.control) }
        }
        return await withTaskGroup(of: (UInt32, JSONValue?).self) { group in
            for (number, control) in controls { group.addTask { (number, await control.ask(question)) } }
            var answers: [UInt32: JSONValue] = [:]
            for await (number, answer) in group { answers[number] = answer }
            return answers
        }
    }

    /// How each owner stands.
    var status: [(PartitionID, UInt32, OwnerControl.Status)] {
        entries.withLock { $0.map { ($0.key, $0.value.epoch, $0.value.control.status) } }.sorted { $0.0 < $1.0 }
    }

    /// Waits until every owner has gone, some seconds at most.
    func waitForEnd(milliseconds: Int) async {
        for _ in 0..<max(1, milliseconds / 20) {
            if entries.withLock({ $0.values.allSatisfy { $0.control.status.phase == .ended } }) { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// What is told to an owner, and what it tells.
final class OwnerControl: Sendable {
    /// How far an owner is.
    enum Phase: String, Sendable {
        /// It reads what was before.
        case recovering
        /// It is at the head, or on its way there.
        case live
        /// Another owner was there: its writes are refused.
        case fenced
        /// It has stopped.
        case ended
    }

    /// How an owner stands.
    struct Status: Sendable {
        var phase = Phase.recovering
        /// The sequence of the last message processed.
        var sequence: UInt64 = 0
        /// Messages that wait behind it.
        var lag: UInt64 = 0
        /// Events processed, and forwarded.
        var events = 0
        var forwarded = 0
        /// Messages replayed when it took over, and microseconds that took.
        var replayed = 0
        var recoveryMicroseconds: Int64 = 0
        /// The sequence of the last snapshot.
        var snapshot: UInt64 = 0
        /// Writes that were refused because another owner had written.
        var refused = 0
        /// Messages that the log forgot before they were read.
        var missed: UInt64 = 0
        var problem: String?
    }

    private struct State {
        var isStopped = false
        var isDraining = false
        var status = Status()
        var hasEnded = false
        var questions: [Int: (PartitionQuestion, CheckedContinuation<JSONValue?, Never>)] = [:]
        var asked = 0
    }

    /// How long an owner has for an answer: one that takes over, or waits for NATS, gives none.
    private static let answerTime = Duration.milliseconds(1_500)

    /// Questions that wait for one owner at most.
    private static let mostQuestions = 64

    private let state = Mutex(State())

    var isStopped: Bool { state.withLock { $0.isStopped } }
    var isDraining: Bool { state.withLock { $0.isDraining } }
    var status: Status { state.withLock { $0.status } }

    func stop() { state.withLock { $0.isStopped = true } }
    func drain() { state.withLock { $0.isDraining = true } }
    func note(_ change: (inout Status) -> Void) { state.withLock { change(&$0.status) } }

    /// Asks the owner, who answers between two batches; nil where it has gone, has too many questions, or no answer in time.
    func ask(_ question: PartitionQuestion) async -> JSONValue? {
        await withCheckedContinuation { continuation in
            let number: Int? = state.withLock { state in
                guard !state.hasEnded, state.questions.count < Self.mostQuestions else { return nil }
                state.asked += 1
                state.questions[state.asked] = (question, continuation)
                return state.asked
            }
            guard let number else { return continuation.resume(returning: nil) }
            Task {
                try? await Task.sleep(for: Self.answerTime)
                state.withLock { $0.questions.removeValue(forKey: number) }?.1.resume(returning: nil)
            }
        }
    }

    /// The owner answers what was asked.
    func answer(_ answer: (PartitionQuestion) -> JSONValue?) {
        let questions = state.withLock { state in
            defer { state.questions.removeAll() }
            return state.questions.values.map { $0 }
        }
        for (question, continuation) in questions { continuation.resume(returning: answer(question)) }
    }

    /// The owner has gone: nobody waits for it any more.
    func end() {
        state.withLock { $0.hasEnded = true }
        answer { _ in nil }
    }
}
#endif
