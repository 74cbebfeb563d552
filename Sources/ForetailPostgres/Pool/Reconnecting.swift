#if Postgres
import Foretail

/// When to connect next: at once after a success, then at doubling distances.
struct Reconnecting {
    /// Microseconds after the first failure, and at most.
    static let shortest: Int64 = 50_000
    static let longest: Int64 = 2_000_000

    /// Whether anybody has ever asked.
    var isDemanded = false
    /// Why the last attempt failed; nil: it did not.
    private(set) var failure: ReferenceFailure?
    private var failures = 0
    private var isUnderWay = false
    private var next: Int64 = .min
    private var delay: Int64 = 0

    /// Begins an attempt where none is under way and it is time.
    mutating func begin(now: Int64) -> Bool {
        guard !isUnderWay, now >= next else { return false }
        isUnderWay = true
        return true
    }

    mutating func succeeded() {
        isUnderWay = false
        failure = nil
        failures = 0
        next = .min
        delay = 0
    }

    mutating func failed(_ failure: ReferenceFailure, now: Int64) {
        isUnderWay = false
        self.failure = failure
        failures += 1
        delay = min(Self.longest, max(Self.shortest, delay * 2))
        next = now + delay
    }

    /// When a thread that waits should begin the next attempt.
    func nextTime(isWanted: Bool) -> Int64 { isWanted && !isUnderWay ? next : .max }

    /// Why nobody can be asked now: there is no connection, and the last two attempts failed. One alone may have met a server
    /// that was just cutting its connections.
    func refusal(isConnected: Bool) -> ReferenceFailure? { isConnected || failures < 2 ? nil : failure }
}
#endif
