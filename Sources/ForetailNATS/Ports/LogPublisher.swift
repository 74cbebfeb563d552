#if NATS
import Foretail
import Synchronization

/// Publishes what a log was given, one batch after another, until all is stored or it is known that it will not be.
///
/// Each message expects the sequence before its own, so it is stored at the number that its event was given, or not at all.
final class LogPublisher: Sendable {
    private struct State {
        var queue: [PublishBatch] = []
        var queuedBytes = 0
        var isRunning = false
        var failure: NATSFailure?
        var waiters: [(limit: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let jetStream: JetStream
    private let stream: String
    private let patience: Int64
    private let state = Mutex(State())

    init(_ jetStream: JetStream, _ stream: String, patience: Int64) {
        self.jetStream = jetStream
        self.stream = stream
        self.patience = patience
    }

    /// Why nothing is published any more; nil: it is.
    var failure: NATSFailure? { state.withLock { $0.failure } }

    /// Queues a batch.
    func add(_ batch: PublishBatch) {
        let mustStart = state.withLock { state in
            guard state.failure == nil else { return false }
            state.queue.append(batch)
            state.queuedBytes += batch.byteCount
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { Task { await run() } }
    }

    /// Waits until at most so many bytes are queued, or until it failed; 0: until all is stored.
    func wait(untilAtMost limit: Int) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.failure != nil || (limit > 0 ? state.queuedBytes <= limit : !state.isRunning) { return true }
                state.waiters.append((limit, continuation))
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func run() async {
        while let batch = state.withLock({ $0.queue.first }) {
            let failure = await store(batch)
            // A batch that is added once this has ended starts another run.
            var isOver = false
            finish { state in
                if let failure {
                    state.failure = failure
                    state.queue = []
                    state.queuedBytes = 0
                } else {
                    state.queue.removeFirst()
                    state.queuedBytes -= batch.byteCount
                }
                isOver = state.queue.isEmpty
                state.isRunning = !isOver
            }
            if isOver { return }
        }
    }

    private func finish(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            let (isOver, isRunning, bytes) = (state.failure != nil, state.isRunning, state.queuedBytes)
            func isEnough(_ limit: Int) -> Bool { isOver || (limit > 0 ? bytes <= limit : !isRunning) }
            let ready = state.waiters.filter { isEnough($0.limit) }
            state.waiters.removeAll { isEnough($0.limit) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Publishes a batch until all of it is stored; why it cannot be.
    private func store(_ batch: PublishBatch) async -> NATSFailure? {
        let deadline = Monotonic.deadline(after: patience)
        var left = batch
        while true {
            let results = await jetStream.publish(left, within: min(patience, 5_000_000))
            let stored = results.storedPrefix
            if stored == left.count { return nil }
            var failure = results.failure ?? NATSFailure(.timeout, "stream '\(stream)' takes no events")
            left = left.dropFirst(stored)
            if failure.kind == .conflict {
                // What was sent before and not acknowledged may be there; else somebody else writes to the stream.
                do throws(NATSFailure) {
                    if let there = try await countStored(left), there > 0 {
                        left = left.dropFirst(there)
                        if left.count == 0 { return nil }
                        continue
                    }
                    // A server that was started again knows ids of the duplicate window only.
                    if try await isPreviousOurs(left) {
                        left.forgetPrevious()
                        continue
                    }
                    return NATSFailure(
                        .conflict,
                        "stream '\(stream)': another writer writes to it, so this one ends; "
                            + "events that were not acknowledged are not stored", code: failure.code)
                } catch {
                    failure = error
                }
            }
            guard failure.isTransient, Monotonic.now() < deadline else {
                return NATSFailure(failure.kind, "stream '\(stream)': \(failure.message)", code: failure.code)
            }
            await Monotonic.sleep(100_000)
        }
    }

    /// Whether the stream's last message is the one that the first message expects before it, whatever the server remembers.
    private func isPreviousOurs(_ batch: PublishBatch) async throws(NATSFailure) -> Bool {
        guard let entry = batch.entries.first, entry.previous >= 0, case .lastSequence(let before) = entry.expectation,
            try await jetStream.streamInfo(stream).lastSequence == before
        else { return false }
        do throws(NATSFailure) {
            return try await jetStream.message(stream, at: before).header("Nats-Msg-Id")
                == batch.text(at: entry.previous)
        } catch  where error.kind == .notFound {
            return false
        }
    }

    /// How many of the first messages are stored already under the sequences they expect.
    private func countStored(_ batch: PublishBatch) async throws(NATSFailure) -> Int? {
        var count = 0
        for entry in batch.entries {
            guard case .lastSequence(let before) = entry.expectation, entry.id >= 0 else { return count }
            do throws(NATSFailure) {
                let message = try await jetStream.message(stream, at: before + 1)
                guard message.header("Nats-Msg-Id") == batch.text(at: entry.id) else { return count }
            } catch  where error.kind == .notFound {
                return count
            }
            count += 1
        }
        return count
    }
}
#endif
