import Synchronization

/// A load of one key that is under way, and who waits for it.
///
/// It has a lock of its own: the way to a continuation, under a cancellation handler, may lead off the cache's actor.
final class CacheFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// How it ended, for one who waits.
    enum Outcome: Sendable {
        case loaded(CacheEntry<Key, Value>)
        case failed(any Error)
        /// Nothing came of it: the key was invalidated, or a load ahead failed. Load again.
        case givenUp
        case cancelled
    }

    private struct Waiting {
        var continuations: [Int: CheckedContinuation<Outcome, Never>] = [:]
        /// Readers that were cancelled before they came to wait.
        var cancelled: Set<Int> = []
        /// How it ended, for those who come to wait afterwards.
        var outcome: Outcome?
    }

    let key: Key
    /// Before the load began.
    let microseconds: Int64
    /// Whether nobody asked for the key when it began.
    let isAhead: Bool
    private let waiting = Mutex(Waiting())

    init(key: Key, microseconds: Int64, isAhead: Bool) {
        self.key = key
        self.microseconds = microseconds
        self.isAhead = isAhead
    }

    /// Adds one who waits, under a number of its own.
    func add(_ continuation: CheckedContinuation<Outcome, Never>, number: Int) {
        let outcome: Outcome? = waiting.withLock { waiting in
            if let outcome = waiting.outcome { return outcome }
            if waiting.cancelled.remove(number) != nil { return .cancelled }
            waiting.continuations[number] = continuation
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    /// Ends one wait.
    func cancel(_ number: Int) {
        let continuation: CheckedContinuation<Outcome, Never>? = waiting.withLock { waiting in
            if let continuation = waiting.continuations.removeValue(forKey: number) { return continuation }
            if waiting.outcome == nil { waiting.cancelled.insert(number) }
            return nil
        }
        continuation?.resume(returning: .cancelled)
    }

    /// Ends all waits.
    func end(_ outcome: Outcome) {
        let continuations = waiting.withLock { waiting in
            waiting.outcome = outcome
            defer { waiting.continuations = [:] }
            return Array(waiting.continuations.values)
        }
        for continuation in continuations { continuation.resume(returning: outcome) }
    }
}

/// A value that is held, or the knowledge that there is none.
struct CacheEntry<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let key: Key
    let value: Value?
    /// Before its load began.
    let microseconds: Int64
}
