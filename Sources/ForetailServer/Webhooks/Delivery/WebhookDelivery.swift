#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Logging
import Synchronization

/// Delivers a tail request's events to a webhook: at least once, in order, from a durable cursor.
///
/// One batch is on its way at a time. It is kept with its id before it is tried, so that every attempt sends the same bytes,
/// also after a crash. Nothing overtakes it: it is taken, or it becomes a dead letter, and then the next one is cut. Events
/// wait in the log meanwhile.
final class WebhookDelivery: Sendable {
    /// The tail request.
    let request: RegisteredRequest
    let destination: WebhookDestination
    let sender: WebhookSender
    private let webhook: StoredWebhook
    let desk: WebhookDesk
    private let subscribe: @Sendable (Subscription.Start) async throws(Problem) -> Subscription
    private let reading = Mutex<Subscription?>(nil)
    let state: Mutex<DeliveryStatus>
    private let schedule: RetrySchedule
    private let retryFor: Int64
    let clock = ServerClock()
    /// Wakes whoever sends dead letters again.
    let replays = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    init(
        _ request: RegisteredRequest, _ destination: WebhookDestination, webhook: StoredWebhook, desk: WebhookDesk,
        subscribe: @escaping @Sendable (Subscription.Start) async throws(Problem) -> Subscription
    ) {
        self.request = request
        self.destination = destination
        self.webhook = webhook
        self.desk = desk
        self.subscribe = subscribe
        sender = WebhookSender(
            destination: destination, receiver: desk.receiver(destination.url.receiver),
            secrets: WebhookSecrets(webhook), client: desk.client, settings: desk.settings)
        schedule = RetrySchedule(desk.settings)
        retryFor = destination.retryFor ?? desk.settings.retryForMicroseconds
        var status = DeliveryStatus(cursor: webhook.cursor ?? request.registeredAt)
        status.webhook = WebhookFigures(stopped: webhook.stopped, receiver: destination.url.receiver)
        state = Mutex(status)
    }

    /// How the delivery goes.
    var status: DeliveryStatus {
        var status = state.withLock { $0 }
        let progress = reading.withLock { $0?.progress }
        let isDone = progress?.isCurrent == true && status.webhook?.batch == nil
        status.lag = isDone ? 0 : request.host.openLog?.count(after: status.cursor)
        status.webhook?.breaker = sender.receiver.figures.breaker
        return status
    }

    /// Delivers until the request is removed, the receiver wants no more, or the server ends.
    func run() async {
        guard webhook.stopped == nil else { return }
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.runEvents()
                return true
            }
            group.addTask {
                await self.runReplays()
                return false
            }
            if destination.deliversPerishables {
                group.addTask {
                    await WebhookPerishables(self, limit: self.desk.settings.perishableRecords)
                        .run(subscribe: self.subscribe)
                    return false
                }
            }
            for await isOver in group where isOver { break }
            group.cancelAll()
        }
    }

    private func runEvents() async {
        var wait: Int64 = 100_000
        while !Task.isCancelled {
            do throws(Problem) {
                try await deliver()
                return
            } catch {
                guard !Task.isCancelled else { return }
                note(WebhookFailure(.broken, error.detail, remedy: error.remedy), retryIn: wait, isReceiver: false)
                try? await Task.sleep(for: .microseconds(wait))
                wait = min(wait * 2, 5_000_000)
            }
        }
    }

    /// Delivers until the end.
    ///
    /// - Throws: ``Problem`` where the server's own files fail: it is begun anew from what is kept.
    private func deliver() async throws(Problem) {
        let number = request.id.number
        if let left = try await desk.store({ (store) throws(CatalogueFailure) in try store.batch(of: number) }) {
            guard let taken = try await carry(left) else { return }
            if taken { try await keep(left.cursor, next: nil) }
        }
        let subscription = try await subscribe(.after(state.withLock { $0.cursor } ?? .none))
        reading.withLock { $0 = subscription }
        defer {
            reading.withLock { $0 = nil }
            subscription.end()
        }
        var records = WebhookReading(request.id, destination, salt: webhook.salt)
        var taken: Position?
        while true {
            guard let cut = records.cut(now: clock.now()) else {
                switch try await subscription.next() {
                case .records(let chunks): records.take(chunks, from: subscription)
                case .idle: try await pass(subscription.cursor)
                case .ended:
                    try await pass(subscription.cursor)
                    return
                }
                continue
            }
            if let live = cut.live { try await durable(live) }
            try await keep(taken, next: cut.batch)
            taken = nil
            guard let isTaken = try await carry(cut.batch) else { return }
            guard isTaken else { continue }
            // Where more waits, one write does for both.
            if records.isEmpty { try await keep(cut.batch.cursor, next: nil) } else { taken = cut.batch.cursor }
            await pace(cut.batch.records)
        }
    }

    /// Waits until an event is on the disk: what is lost in a crash was never sent, and a batch can be read again.
    private func durable(_ position: Position) async throws(Problem) {
        var wait = 1
        let host = request.host
        while let bounds = host.openLog?.bounds, bounds.lastDurable ?? .none < position {
            // Lost; readers are told by a gap that follows.
            if bounds.next.epoch > position.epoch { return }
            guard !Task.isCancelled else { throw .shuttingDown }
            try? await Task.sleep(for: .milliseconds(wait))
            wait = min(wait * 2, 50)
        }
    }

    /// Holds to the request's rate.
    private func pace(_ records: Int) async {
        guard let rate = request.definition.rateLimit else { return }
        try? await Task.sleep(for: .microseconds(Int64(min(3.6e9, Double(records) / rate * 1e6))))
    }

    /// Keeps how far nothing more matched: what retention takes up to there is not missing at the receiver.
    private func pass(_ position: Position?) async throws(Problem) {
        guard let position, position > state.withLock({ $0.cursor }) ?? .none else { return }
        try await keep(position, next: nil)
    }

    private func keep(_ cursor: Position?, next: StoredBatch?) async throws(Problem) {
        let number = request.id.number
        try await desk.store { (store) throws(CatalogueFailure) in try store.advance(number, to: cursor, next: next) }
        if let cursor { state.withLock { $0.cursor = cursor } }
    }

    // MARK: One batch

    /// Tries a batch until it is taken, or is a dead letter.
    ///
    /// - Returns: Whether it was taken; nil: nothing is sent any more.
    private func carry(_ batch: StoredBatch) async throws(Problem) -> Bool? {
        let deadline = batch.started.microseconds + retryFor
        var attempts = 0
        state.withLock {
            $0.webhook?.batch = .init(message: batch.message, records: batch.records, started: batch.started)
        }
        while !Task.isCancelled {
            var failure: WebhookFailure
            switch await sender.attempt(batch.message, batch.body) {
            case .taken:
                state.withLock { $0.noteTaken(batch.records) }
                return true
            case .waits(let wait):
                let now = clock.now().microseconds
                failure = WebhookFailure(.connection, "\(sender.receiver.name): left alone after failures in a row")
                if now < deadline {
                    let wait = min(wait, deadline - now)
                    state.withLock { $0.retryAt = Timestamp(microseconds: now + wait) }
                    try? await Task.sleep(for: .microseconds(wait))
                    continue
                }
                failure.detail = state.withLock { $0.lastProblem?.detail } ?? failure.detail
            case .failed(let failed):
                if failed.kind == .cancelled { return nil }
                if failed.kind == .gone {
                    try await stop(failed)
                    return nil
                }
                failure = failed
                attempts += 1
            }
            let now = clock.now()
            let isDue = now.microseconds >= deadline
            if isDue, try await bury(batch, attempts, failure, at: now) { return false }
            let asked = failure.retryAfter
            var wait = schedule.wait(failures: attempts, asked: asked, share: Double.random(in: 0...1))
            // The last attempt is at the end of the time, not somewhere before.
            if !isDue { wait = min(wait, max(0, deadline - now.microseconds)) } else { wait = max(wait, 1_000_000) }
            note(failure, retryIn: wait, isReceiver: true)
            try? await Task.sleep(for: .microseconds(wait))
        }
        return nil
    }

    /// Makes a batch a dead letter, if there is room.
    private func bury(
        _ batch: StoredBatch, _ attempts: Int, _ failure: WebhookFailure, at now: Timestamp
    ) async throws(Problem) -> Bool {
        let (number, stream, settings) = (request.id.number, request.host.name, desk.settings)
        let isBuried = try await desk.store { (store) throws(CatalogueFailure) in
            try store.bury(
                number, stream: stream, attempts: attempts, reason: failure.detail, at: now,
                limit: settings.deadLetters,
                bytes: settings.deadLetterBytes)
        }
        state.withLock { status in
            status.webhook?.isPaused = !isBuried
            guard isBuried else { return }
            status.cursor = batch.cursor
            status.retryAt = nil
            status.webhook?.batch = nil
            status.webhook?.buried += 1
        }
        desk.logger.error(
            isBuried ? "webhook batch is a dead letter" : "no room for dead letters; the webhook waits",
            metadata: [
                "request": .string(request.id.description), "message": .string(batch.message),
                "reason": .string(failure.detail),
            ])
        return isBuried
    }

    /// Sends nothing more: the receiver said so.
    private func stop(_ failure: WebhookFailure) async throws(Problem) {
        let number = request.id.number
        let reason = failure.detail
        try await desk.store { (store) throws(CatalogueFailure) in try store.stop(number, reason: reason) }
        note(failure, retryIn: nil, isReceiver: true)
        state.withLock { $0.webhook?.stopped = reason }
        desk.logger.error(
            "webhook stopped",
            metadata: ["request": .string(request.id.description), "reason": .string(reason)])
    }

    /// Notes what went wrong, and says it in the log where it is new.
    private func note(_ failure: WebhookFailure, retryIn wait: Int64?, isReceiver: Bool) {
        let now = clock.now()
        let isNews = state.withLock { $0.noteFailure(failure, at: now, retryIn: wait, isReceiver: isReceiver) }
        guard isNews else { return }
        desk.logger.warning(
            "webhook waits",
            metadata: ["request": .string(request.id.description), "reason": .string(failure.detail)])
    }
}
#endif
