#if Server
import Foretail
import Foundation
import Synchronization

extension StreamLog {
    /// What the writer does with a log after its turn.
    enum Turn {
        case idle, more, retry
    }

    /// What there is to do in a turn.
    private enum Task: Sendable {
        case nothing
        case append([Submission], epoch: EpochTable.Entry, last: Int64, offset: Int64, LogSettings)
        case recover(StreamLogState.Failure)
    }

    /// Writes what is queued, or tries to go on after a failure.
    func takeTurn() -> Turn {
        var completed: [Submission] = []
        var result: Result<Void, LogFailure> = .success(())
        var written = 0
        writing.withLock { writing in
            switch nextTask() {
            case .nothing: break
            case .recover(let failure): recover(from: failure, with: &writing)
            case .append(let work, let epoch, let last, let offset, let settings):
                do throws(LogFailure) {
                    let outcome = try writing.append(work, epoch: epoch, last: last, offset: offset, settings: settings)
                    written = Int(outcome.bytes)
                    completed = work
                    state.withLock { $0.appended(work, outcome) }
                } catch {
                    writing.store.reset()
                    completed = work + state.withLock { $0.fail(error, writing: work) }
                    result = .failure(error)
                }
            }
        }
        for submission in completed {
            submission.completion(result.map { submission.last })
        }
        if written > 0 { writing.withLock { $0.store.checkpoint(after: written) } }
        noteUse()
        return state.withLock { state in
            if state.failure != nil, !state.isClosed { return .retry }
            if !state.queue.isEmpty { return .more }
            state.isScheduled = false
            return .idle
        }
    }

    /// Notes that the files were used, where they are open. Waits for the disk if others close theirs.
    func noteUse() {
        // A log that is closed for good is no more among those that are open.
        if !state.withLock({ $0.isClosed }) { writer.openLogs.noteUse(of: self) }
    }

    private func nextTask() -> Task {
        state.withLock { state in
            if let failure = state.failure { return state.isClosed ? .nothing : .recover(failure) }
            guard !state.queue.isEmpty else { return .nothing }
            var bytes = 0
            var count = 0
            while count < state.queue.count, bytes < StreamLog.turnBytes {
                bytes += state.queue[count].cost
                count += 1
            }
            let work = Array(state.queue[..<count])
            state.queue.removeFirst(count)
            return .append(
                work, epoch: state.epochs.current, last: state.durable, offset: state.offset, state.settings)
        }
    }

    /// Begins a new epoch after a failure, if the disk lets it.
    private func recover(from failure: StreamLogState.Failure, with writing: inout LogWriting) {
        if failure.cause.kind == .full, let free = LogStore.freeBytes(besides: path), free < failure.room { return }
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
        do throws(LogFailure) {
            let contents = try writing.store.begin(unlessClosed: false, now: now)
            let (gap, onLoss) = state.withLock { state in
                let given = state.next - 1
                let epoch = state.epochs.current
                let stored = UInt64(max(0, contents.last - epoch.base))
                var gap: Actions.Gap?
                if given > stored {
                    gap = Actions.Gap(
                        from: Position(epoch: epoch.epoch, sequence: stored + 1),
                        to: Position(epoch: epoch.epoch, sequence: given), count: Int(given - stored), reason: "crash")
                }
                state.replace(with: contents)
                if let gap { state.lose(gap) }
                return (gap, state.onLoss)
            }
            if let gap { onLoss?(gap) }
            state.withLock { $0.failure = nil }
        } catch {
            writing.store.reset()
            state.withLock { $0.failure?.cause = error }
        }
    }
}

extension StreamLogState {
    /// Notes that submissions are durable.
    mutating func appended(_ work: [Submission], _ outcome: LogWriting.Outcome) {
        durable = outcome.last
        bytes += outcome.bytes
        offset += outcome.bytes
        if let began = outcome.began, oldest == nil { oldest = began }
        queuedBytes -= work.reduce(0) { $0 + $1.cost }
    }

    /// Notes a failed write, after which nothing is taken until a new epoch has begun.
    ///
    /// - Returns: What else was queued and fails with it.
    mutating func fail(_ cause: LogFailure, writing work: [Submission]) -> [Submission] {
        let cost = work.reduce(0) { $0 + $1.cost }
        failure = Failure(cause: cause, room: min(cost, 256 << 10) + (64 << 10))
        defer {
            queue = []
            queuedBytes = 0
        }
        return queue
    }
}
#endif
