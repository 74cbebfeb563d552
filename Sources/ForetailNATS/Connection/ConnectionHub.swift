#if NATS
import CNATS
import Foretail
import Synchronization

/// Who gets what arrives at a number of the connection's inbox.
enum InboxTaker: Sendable {
    case answer(Answer)
    case acknowledgements(AckWindow)
}

/// What the library's threads and the callers share: who awaits what, and how the connection stands.
final class ConnectionHub: Sendable {
    private struct State {
        var standing = NATSConnectionState()
        var takers: [UInt64: InboxTaker] = [:]
        var queues: [UInt64: DeliveryQueue] = [:]
        var next: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    /// Subjects of this connection's inbox begin so; a number follows, and for acknowledgements the message's place.
    let inbox: String
    private let inboxLength: Int
    private let state = Mutex(State())

    init() {
        inbox = "_INBOX.foretail.\(String(UInt64.random(in: .min ... .max), radix: 36))."
        inboxLength = inbox.utf8.count
    }

    var standing: NATSConnectionState { state.withLock { $0.standing } }

    /// Registers somebody who awaits messages, under a number of its own.
    func register(_ taker: InboxTaker) -> UInt64 {
        state.withLock { state in
            state.next += 1
            state.takers[state.next] = taker
            return state.next
        }
    }

    func register(_ queue: DeliveryQueue) -> UInt64 {
        state.withLock { state in
            state.next += 1
            state.queues[state.next] = queue
            return state.next
        }
    }

    func unregister(_ number: UInt64) {
        state.withLock { state in
            state.takers[number] = nil
            state.queues[number] = nil
        }
    }

    // MARK: What the library tells

    /// Hands a message of the inbox to who awaits it; what nobody awaits any more is forgotten.
    func arrived(_ message: OpaquePointer) {
        guard let subject = natsMsg_GetSubject(message) else { return }
        var place = inboxLength
        guard let number = Self.number(subject, &place) else { return }
        let taker = state.withLock { $0.takers[number] }
        switch taker {
        case .answer(let answer): answer.take(message)
        case .acknowledgements(let window):
            guard subject[place] == 0x2E else { return }
            place += 1
            if let index = Self.number(subject, &place) { window.take(message, at: Int(index)) }
        case nil: break
        }
    }

    private static func number(_ text: UnsafePointer<CChar>, _ place: inout Int) -> UInt64? {
        let start = place
        var number: UInt64 = 0
        while let digit = UInt64(exactly: Int(text[place]) - 0x30), digit < 10 {
            number = number &* 10 &+ digit
            place += 1
        }
        return place > start ? number : nil
    }

    func connected(to server: String?, isFirst: Bool) {
        let waiters = state.withLock { state in
            state.standing.phase = .connected
            state.standing.server = server
            if !isFirst { state.standing.reconnects += 1 }
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Tells all who await something that it will not come over this connection any more.
    func disconnected(_ failure: NATSFailure, isClosed: Bool) {
        let (takers, queues, waiters) = state.withLock { state in
            if state.standing.phase != .closed {
                state.standing.phase = isClosed ? .closed : .reconnecting
                if !isClosed { state.standing.lastError = failure }
            }
            state.standing.server = nil
            defer { if isClosed { state.waiters = [:] } }
            return (
                Array(state.takers.values), Array(state.queues.values),
                isClosed ? Array(state.waiters.values) : []
            )
        }
        for taker in takers {
            switch taker {
            case .answer(let answer): answer.end(.failure(failure))
            case .acknowledgements(let window): window.interrupt(failure)
            }
        }
        for queue in queues { queue.breakOff(failure) }
        for waiter in waiters { waiter.resume() }
    }

    func complained(_ failure: NATSFailure) { state.withLock { $0.standing.lastError = failure } }

    // MARK: Waiting for a connection

    /// Waits until a server is connected, or the connection is closed, or it is too late.
    func waitForServer(until deadline: Int64) async -> NATSConnectionState {
        let (standing, number) = state.withLock { state in
            state.next += 1
            return (state.standing, state.next)
        }
        let left = deadline - Monotonic.now()
        guard standing.phase == .reconnecting, left > 0 else { return standing }
        let timer = Task {
            // Again and again: it may come before there is anybody to wake.
            while !Task.isCancelled {
                await Monotonic.sleep(max(1_000, deadline - Monotonic.now()))
                self.endWaiting(number)
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.standing.phase == .reconnecting, !Task.isCancelled, Monotonic.now() < deadline else {
                        return true
                    }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            endWaiting(number)
        }
        timer.cancel()
        return self.standing
    }

    private func endWaiting(_ number: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
}
#endif
