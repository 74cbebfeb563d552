#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS
import ForetailSQLite
import Logging
import Synchronization

/// Delivers a tail request's output to a webhook, while its node owns the partition that the request belongs to: at least once, in order.
///
/// One batch is on its way at a time. Its bounds and its id are kept in the bucket, by compare-and-set, before it is tried; whoever
/// takes over tries the same batch under the same id before any other. So what an owner sends that does not know yet that it is none
/// any more is a repetition of what was sent before, and its receiver knows it by the id.
final class WebhookOwner: Sendable {
    /// Why delivering ends.
    private enum End: Error {
        /// The owner is to stop, or another one is there.
        case stopped
        /// It is begun anew from what is kept.
        case failed(NATSFailure)
    }

    let request: ClusterRequest
    let partition: PartitionID
    let epoch: UInt32
    private let destination: WebhookDestination
    private let hub: ClusterWebhooks
    private let receiver: Receiver
    private let schedule: RetrySchedule
    private let retryFor: Int64
    private let clock = ServerClock()
    private let state: Mutex<DeliveryStatus>
    private let progress = Mutex(Progress())

    private struct Progress {
        var isDraining = false
        /// Whether a batch is being sent, or what came of that is being kept.
        var isSending = false
        var hasEnded = false
        var task: Task<Void, Never>?
        /// How far it is kept, and the revision of that; known once it was taken over.
        var kept: (mark: WebhookMark, revision: UInt64)?
    }

    init(
        _ request: ClusterRequest, _ destination: WebhookDestination, partition: PartitionID, epoch: UInt32,
        hub: ClusterWebhooks
    ) {
        self.request = request
        self.destination = destination
        self.partition = partition
        self.epoch = epoch
        self.hub = hub
        receiver = hub.receiver(destination.url.receiver)
        schedule = RetrySchedule(hub.settings)
        retryFor = destination.retryFor ?? hub.settings.retryForMicroseconds
        var status = DeliveryStatus()
        status.webhook = WebhookFigures(receiver: destination.url.receiver)
        state = Mutex(status)
    }

    // MARK: Beginning and ending

    /// Begins to deliver.
    func start() {
        let task = Task {
            await self.run()
            self.progress.withLock { $0.hasEnded = true }
        }
        progress.withLock { $0.task = task }
    }

    /// Lets an attempt that is under way come to its end, and then nothing follows.
    func drain() {
        progress.withLock { progress in
            progress.isDraining = true
            if !progress.isSending { progress.task?.cancel() }
        }
    }

    /// Ends at once; an attempt under way is broken off.
    func stop() {
        progress.withLock { progress in
            progress.isDraining = true
            progress.task?.cancel()
        }
    }

    var hasEnded: Bool { progress.withLock { $0.hasEnded } }

    /// How the delivery goes.
    var status: DeliveryStatus {
        var status = state.withLock { $0 }
        status.webhook?.breaker = receiver.figures.breaker
        return status
    }

    private func run() async {
        var wait: Int64 = 100_000
        while !Task.isCancelled {
            do throws(End) {
                try await deliver()
                return
            } catch .failed(let failure) {
                note(WebhookFailure(.broken, failure.message), retryIn: wait, isReceiver: false)
                try? await Task.sleep(for: .microseconds(wait))
                wait = min(wait * 2, 5_000_000)
            } catch {
                return
            }
        }
    }

    // MARK: Delivering

    private func deliver() async throws(End) {
        let secret = try await attempt { () async throws(NATSFailure) in
            try await self.hub.bucket.secret(of: self.request.id)
        }
        guard let secret else {
            throw .failed(
                NATSFailure(
                    .notFound,
                    "the secret of '\(request.id)' is not in the bucket; PATCH the destination with a secret"))
        }
        guard let mark = try await takeOver() else { return }
        let sender = WebhookSender(
            destination: destination, receiver: receiver, secrets: WebhookSecrets(secret), client: hub.client,
            settings: hub.settings)
        let stream = request.definition.stream
        var settings = ReaderSettings(
            stream: ClusterNames.output(stream), subject: ClusterNames.output(stream, request.id))
        settings.start = WebhookOutput.start(behind: mark.cursor).map { .sequence($0) } ?? .all
        var reader = MessageReader(hub.jetStream, settings)
        do throws(End) {
            try await deliver(&reader, behind: mark, sender, salt: secret.salt)
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
    }

    /// Delivers what is read until the receiver wants no more.
    private func deliver(
        _ reader: inout MessageReader, behind mark: WebhookMark, _ sender: WebhookSender, salt: [UInt8]
    ) async throws(End) {
        var batch = MessageBatch()
        var output = WebhookOutput(request.id, destination, salt: salt)
        var cursor = mark.cursor
        var taken: OutputCursor?
        var kept = mark.batch
        while true {
            if let place = taken, progress.withLock({ $0.isDraining }) {
                try await keep(place, next: nil)
                taken = nil
            }
            try rest()
            var next: WebhookOutput.Cut?
            if let before = kept {
                switch output.cut(again: before) {
                case .same(let cut):
                    next = cut
                    kept = nil
                case .changed: kept = nil
                case .incomplete: break
                }
            }
            if kept == nil, next == nil { next = output.cut(now: clock.now()) }
            guard let cut = next else {
                do throws(NATSFailure) {
                    try await reader.read(into: &batch, waitingAtMost: 1_000_000)
                } catch {
                    throw error.kind == .cancelled ? End.stopped : End.failed(error)
                }
                output.take(batch, behind: cursor)
                continue
            }
            // Where more waits, one write does for both.
            try await keep(taken, next: cut.batch)
            taken = nil
            guard try await carry(cut, sender) else { return }
            cursor = max(cursor ?? cut.batch.last, cut.batch.last)
            if output.isEmpty { try await keep(cut.batch.last, next: nil) } else { taken = cut.batch.last }
        }
    }

    private func checkOn() throws(End) {
        if Task.isCancelled || progress.withLock({ $0.isDraining }) { throw .stopped }
    }

    /// Notes that nothing is being sent; from here on the owner may be stopped.
    private func rest() throws(End) {
        progress.withLock { $0.isSending = false }
        try checkOn()
    }

    private func attempt<Value>(_ body: () async throws(NATSFailure) -> Value) async throws(End) -> Value {
        while true {
            try checkOn()
            do throws(NATSFailure) {
                return try await body()
            } catch {
                guard error.isTransient else { throw error.kind == .cancelled ? End.stopped : End.failed(error) }
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    // MARK: What is kept

    /// Puts this owner's epoch into the mark: what the owner before writes from now on is refused.
    ///
    /// - Returns: How far the webhook is; nil: its receiver wants no more.
    private func takeOver() async throws(End) -> WebhookMark? {
        try await waitForLease()
        let found = try await attempt { () async throws(NATSFailure) in
            try await self.hub.bucket.mark(of: self.request.id)
        }
        if let found, found.mark.epoch > epoch { throw .stopped }
        var mark = found?.mark ?? WebhookMark(epoch: epoch, node: hub.node)
        if mark.stopped != nil, mark.stoppedAt >= request.redirects {
            state.withLock { $0.webhook?.stopped = mark.stopped }
            return nil
        }
        mark.epoch = epoch
        mark.node = hub.node
        mark.stopped = nil
        progress.withLock { $0.kept = (found?.mark ?? mark, found?.revision ?? 0) }
        try await write(mark)
        return mark
    }

    /// Keeps how far the receiver has taken, and what is sent next.
    private func keep(_ cursor: OutputCursor?, next: WebhookMark.Batch?) async throws(End) {
        guard var mark = progress.withLock({ $0.kept?.mark }) else { throw .stopped }
        if let cursor { mark.cursor = max(mark.cursor ?? cursor, cursor) }
        guard cursor != nil || mark.batch != next else { return }
        mark.batch = next
        try await write(mark)
    }

    /// Writes the mark, unless another owner did: then this one is none any more.
    private func write(_ mark: WebhookMark) async throws(End) {
        guard let known = progress.withLock({ $0.kept?.revision }) else { throw .stopped }
        while true {
            if case .written(let fresh) = await hub.bucket.write(mark, of: request.id, expecting: known) {
                return progress.withLock { $0.kept = (mark, fresh) }
            }
            let there = try await attempt { () async throws(NATSFailure) in
                try await self.hub.bucket.mark(of: self.request.id)
            }
            switch there {
            case nil where known > 0: throw .stopped
            case .some(let found) where found.mark == mark:
                return progress.withLock { $0.kept = (mark, found.revision) }
            case .some(let found) where found.revision != known:
                // The owner before wrote in between: begin anew from there. A later one: this one is over.
                guard found.mark.epoch <= epoch else { throw .stopped }
                throw .failed(NATSFailure(.conflict, "the mark of '\(request.id)' was written by another owner"))
            default: break
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    // MARK: One batch

    /// Tries a batch until it is taken, or is a dead letter.
    ///
    /// - Returns: Whether anything more is to be sent.
    private func carry(_ cut: WebhookOutput.Cut, _ sender: WebhookSender) async throws(End) -> Bool {
        let batch = cut.batch
        let deadline = batch.started.microseconds + retryFor
        var attempts = 0
        state.withLock {
            $0.webhook?.batch = .init(message: batch.message, records: batch.records, started: batch.started)
        }
        while true {
            try rest()
            try await waitForLease()
            var failure: WebhookFailure
            switch try await send(cut, sender) {
            case .taken:
                state.withLock { $0.noteTaken(batch.records) }
                return true
            case .waits(let wait):
                let now = clock.now().microseconds
                failure = WebhookFailure(.connection, "\(receiver.name): left alone after failures in a row")
                if now < deadline {
                    let wait = min(wait, deadline - now)
                    state.withLock { $0.retryAt = Timestamp(microseconds: now + wait) }
                    try rest()
                    try? await Task.sleep(for: .microseconds(wait))
                    continue
                }
                failure.detail = state.withLock { $0.lastProblem?.detail } ?? failure.detail
            case .failed(let failed):
                // Broken off, because the lease may be over or the owner is to stop: which of them is asked above.
                if failed.kind == .cancelled { continue }
                if failed.kind == .gone {
                    try await stop(failed)
                    return false
                }
                failure = failed
                attempts += 1
            }
            let now = clock.now()
            let isDue = now.microseconds >= deadline
            if isDue, try await bury(cut, attempts, failure) { return true }
            let asked = failure.retryAfter
            var wait = schedule.wait(failures: attempts, asked: asked, share: Double.random(in: 0...1))
            // The last attempt is at the end of the time, not somewhere before.
            if !isDue { wait = min(wait, max(0, deadline - now.microseconds)) } else { wait = max(wait, 1_000_000) }
            note(failure, retryIn: wait, isReceiver: true)
            try rest()
            try? await Task.sleep(for: .microseconds(wait))
        }
    }

    /// Waits until this node is known to own the partition; while its session has lapsed nothing is sent.
    private func waitForLease() async throws(End) {
        while !hub.mayAct(partition, epoch) {
            try checkOn()
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Sends a batch once; the attempt is broken off when the lease may be over.
    private func send(_ cut: WebhookOutput.Cut, _ sender: WebhookSender) async throws(End) -> WebhookSender.Attempt {
        let isOn = progress.withLock { progress in
            progress.isSending = !progress.isDraining
            return progress.isSending
        }
        guard isOn else { throw .stopped }
        let (hub, partition, epoch) = (hub, partition, epoch)
        return await withTaskGroup(of: WebhookSender.Attempt?.self) { group in
            group.addTask { await sender.attempt(cut.batch.message, cut.body) }
            group.addTask {
                while hub.mayAct(partition, epoch), !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(50))
                }
                return nil
            }
            var outcome = WebhookSender.Attempt.failed(.cancelled)
            for await result in group {
                if let result { outcome = result }
                group.cancelAll()
            }
            return outcome
        }
    }

    /// Makes a batch a dead letter, if there is room.
    private func bury(
        _ cut: WebhookOutput.Cut, _ attempts: Int, _ failure: WebhookFailure
    ) async throws(End) -> Bool {
        try await waitForLease()
        let isBuried = try await attempt { () async throws(NATSFailure) in
            try await self.hub.deadLetters.bury(
                cut.batch.message, cut.body, of: self.request.id, records: cut.batch.records, attempts: attempts,
                reason: failure.detail)
        }
        state.withLock { status in
            status.webhook?.isPaused = !isBuried
            guard isBuried else { return }
            status.retryAt = nil
            status.webhook?.batch = nil
            status.webhook?.buried += 1
        }
        hub.logger.error(
            isBuried ? "webhook batch is a dead letter" : "no room for dead letters; the webhook waits",
            metadata: [
                "request": .string(request.id.description), "message": .string(cut.batch.message),
                "reason": .string(failure.detail),
            ])
        return isBuried
    }

    /// Sends nothing more: the receiver said so.
    private func stop(_ failure: WebhookFailure) async throws(End) {
        guard var mark = progress.withLock({ $0.kept?.mark }) else { throw .stopped }
        mark.stopped = failure.detail
        mark.stoppedAt = request.redirects
        try await write(mark)
        note(failure, retryIn: nil, isReceiver: true)
        state.withLock { $0.webhook?.stopped = failure.detail }
        hub.logger.error(
            "webhook stopped",
            metadata: ["request": .string(request.id.description), "reason": .string(failure.detail)])
    }

    /// Notes what went wrong, and says it in the log where it is new.
    private func note(_ failure: WebhookFailure, retryIn wait: Int64?, isReceiver: Bool) {
        let now = clock.now()
        let isNews = state.withLock { $0.noteFailure(failure, at: now, retryIn: wait, isReceiver: isReceiver) }
        guard isNews else { return }
        hub.logger.warning(
            "webhook waits",
            metadata: ["request": .string(request.id.description), "reason": .string(failure.detail)])
    }
}
#endif
