#if Server
import DequeModule
import FieldExtraction
import Foretail
import Synchronization

/// Sends predictions and outcomes beside the events: at most once, none after it expired, and only where the receiver has a
/// place to spare. What finds no room is dropped and counted.
final class WebhookPerishables: Sendable {
    private struct Waiting {
        var bytes: [UInt8]
        var kind: FeedEntry.Kind
        var expires: Timestamp
    }

    private let delivery: WebhookDelivery
    private let limit: Int
    private let waiting = Mutex<Deque<Waiting>>([])
    private let signal = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    /// How long a place at the receiver is waited for before it is asked again.
    private static let pause = Duration.milliseconds(20)

    init(_ delivery: WebhookDelivery, limit: Int) {
        self.delivery = delivery
        self.limit = limit
    }

    /// Reads and sends until the task is cancelled. It reads on its own, from now on: a batch of events that is tried again
    /// holds up no prediction, and no prediction holds up events.
    func run(subscribe: @escaping @Sendable (Subscription.Start) async throws(Problem) -> Subscription) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.send() }
            while !Task.isCancelled {
                do throws(Problem) {
                    let subscription = try await subscribe(.now)
                    defer { subscription.end() }
                    if try await read(subscription) { break }
                } catch {
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            signal.continuation.finish()
            group.cancelAll()
        }
    }

    /// - Returns: Whether the end was reached.
    private func read(_ subscription: Subscription) async throws(Problem) -> Bool {
        let content = delivery.destination.deliver
        while true {
            switch try await subscription.next() {
            case .records(let chunks):
                for chunk in chunks {
                    var start = 0
                    for entry in chunk.entries {
                        defer { start = entry.end }
                        guard subscription.isNew(entry, in: chunk) else { continue }
                        let isWanted =
                            entry.kind == .prediction && content.contains(.predictions)
                            || entry.kind == .outcome && content.contains(.outcomes)
                        if isWanted { add(Array(chunk.bytes[start..<entry.end]), entry) }
                    }
                }
                signal.continuation.yield()
            case .idle: continue
            case .ended: return true
            }
        }
    }

    private func add(_ bytes: [UInt8], _ entry: FeedEntry) {
        let isIn = waiting.withLock { waiting in
            guard waiting.count < limit else { return false }
            waiting.append(Waiting(bytes: bytes, kind: entry.kind, expires: entry.expires))
            return true
        }
        if !isIn { drop(1) }
    }

    private func send() async {
        for await _ in signal.stream {
            while !Task.isCancelled, let (body, count, expires) = cut() {
                let left = expires.microseconds - delivery.clock.now().microseconds
                guard left > 0 else {
                    drop(count)
                    continue
                }
                let message = "msg_" + String(UInt64.random(in: 0 ... .max), radix: 16)
                await post(message, body, count, until: expires)
            }
        }
    }

    /// Sends a batch as soon as there is a place, if there is one before its first record expires.
    private func post(_ message: String, _ body: [UInt8], _ count: Int, until expires: Timestamp) async {
        let sender = delivery.sender
        while !Task.isCancelled {
            let left = expires.microseconds - delivery.clock.now().microseconds
            guard left > 0, sender.receiver.figures.breaker == "closed" else { break }
            switch await sender.attemptIfIdle(message, body, timeout: left) {
            case nil: try? await Task.sleep(for: Self.pause)
            case .taken?: return delivery.state.withLock { $0.webhook?.perishablesSent += count }
            case .failed?, .waits?: return drop(count)
            }
        }
        drop(count)
    }

    /// Takes the oldest that still stand; those that do not are dropped.
    private func cut() -> (body: [UInt8], count: Int, expires: Timestamp)? {
        let now = delivery.clock.now()
        let destination = delivery.destination
        var batch = CloudEventBatch(of: delivery.request.id)
        var expires = Timestamp(microseconds: now.microseconds + 60_000_000)
        var expired = 0
        waiting.withLock { waiting in
            while let first = waiting.first, batch.count < destination.batchRecords {
                if first.expires <= now {
                    expired += 1
                } else if batch.append(first.bytes[...], kind: first.kind, limit: destination.batchBytes) {
                    expires = min(expires, first.expires)
                } else {
                    break
                }
                waiting.removeFirst()
            }
        }
        if expired > 0 { drop(expired) }
        let count = batch.count
        return count == 0 ? nil : (batch.finish(), count, expires)
    }

    private func drop(_ count: Int) { delivery.state.withLock { $0.webhook?.perishablesDropped += count } }
}
#endif
