#if Server
import Synchronization

/// One host and port that webhooks are sent to: how many attempts and bytes may be on their way there, and whether it is well.
/// Shared by all tail requests that send there.
final class Receiver: Sendable {
    private struct Waiter {
        var id: Int
        var bytes: Int
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var attempts = 0
        var bytes = 0
        var breaker: CircuitBreaker
        var waiting: [Waiter] = []
        var nextWaiter = 0
    }

    /// Host and port.
    let name: String
    private let attemptLimit: Int
    private let byteLimit: Int
    private let state: Mutex<State>
    private let clock = ServerClock()

    init(_ name: String, _ settings: WebhookSettings) {
        self.name = name
        attemptLimit = max(1, settings.receiverAttempts)
        byteLimit = settings.receiverBytes
        state = Mutex(State(breaker: CircuitBreaker(settings)))
    }

    /// What it is at: attempts and bytes on their way, and the breaker.
    var figures: (attempts: Int, bytes: Int, waiting: Int, breaker: String) {
        state.withLock { ($0.attempts, $0.bytes, $0.waiting.count, $0.breaker.text) }
    }

    /// Asks the breaker.
    ///
    /// - Returns: Nil: an attempt may begin, and its report has to follow in ``leave(bytes:_:)``. Else the microseconds to wait.
    func admit() -> Int64? {
        let now = clock.monotonic
        return state.withLock { $0.breaker.admit(now: now) }.map { max(1_000, $0 - now) }
    }

    /// Waits for a place and for room; those who came first go first. A body larger than all room goes alone.
    ///
    /// - Returns: Whether there is a place; false: the task was cancelled.
    func enter(bytes: Int) async -> Bool {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIn = state.withLock { state -> Bool? in
                    if Task.isCancelled { return false }
                    if state.waiting.isEmpty, take(bytes, &state) { return true }
                    state.waiting.append(Waiter(id: id, bytes: bytes, continuation: continuation))
                    return nil
                }
                if let isIn { continuation.resume(returning: isIn) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
    }

    /// Takes a place where nobody waits and others stay free for events: for what may as well be dropped.
    func tryEnter(bytes: Int) -> Bool {
        state.withLock { state in
            guard state.waiting.isEmpty, state.attempts + 1 < attemptLimit || attemptLimit == 1 && state.attempts == 0,
                state.bytes + bytes <= byteLimit, case .closed = state.breaker.state
            else { return false }
            return take(bytes, &state)
        }
    }

    /// Gives a place back, and says what the attempt told.
    ///
    /// - Parameter report: Nil: none was admitted.
    func leave(bytes: Int, _ report: CircuitBreaker.Report?) {
        let now = clock.monotonic
        let next = state.withLock { state -> [Waiter] in
            state.attempts -= 1
            state.bytes -= bytes
            if let report { state.breaker.note(report, now: now) }
            var next: [Waiter] = []
            while let waiter = state.waiting.first, take(waiter.bytes, &state) {
                state.waiting.removeFirst()
                next.append(waiter)
            }
            return next
        }
        for waiter in next { waiter.continuation.resume(returning: true) }
    }

    private func take(_ bytes: Int, _ state: inout State) -> Bool {
        guard state.attempts == 0 || state.attempts < attemptLimit && state.bytes + bytes <= byteLimit else {
            return false
        }
        state.attempts += 1
        state.bytes += bytes
        return true
    }
}
#endif
