#if Server
/// Leaves a receiver alone that failed several times in a row, and asks it with one attempt whether it is well again.
///
/// A value without a clock: times are microseconds that only grow, handed in.
struct CircuitBreaker: Sendable {
    /// What it is at.
    enum State: Equatable, Sendable {
        /// Attempts pass; so many failed in a row.
        case closed(failures: Int)
        /// None passes before a time; it has been opened so many times in a row.
        case open(until: Int64, times: Int)
        /// One attempt is under way, which decides.
        case probing(times: Int)
    }

    /// What an attempt told of the receiver.
    enum Report: Sendable {
        /// It answered.
        case well
        /// It did not, or said that it cannot.
        case unwell
        /// Nothing: the attempt was broken off, or came to nothing before the receiver was asked.
        case unknown
    }

    private(set) var state = State.closed(failures: 0)
    private let limit: Int
    private let pause: Int64
    private let longestPause: Int64
    /// How often others look again while one attempt is under way.
    static let probeWait: Int64 = 100_000

    init(_ settings: WebhookSettings) {
        limit = max(1, settings.breakerFailures)
        pause = settings.breakerMicroseconds
        longestPause = settings.longestBreakerMicroseconds
    }

    /// Whether an attempt may begin.
    ///
    /// - Returns: Nil: it may, and its report is awaited. Else when to ask again.
    mutating func admit(now: Int64) -> Int64? {
        switch state {
        case .closed: return nil
        case .open(let until, let times):
            guard now >= until else { return until }
            state = .probing(times: times)
            return nil
        case .probing: return now + Self.probeWait
        }
    }

    /// Takes the report of an attempt.
    mutating func note(_ report: Report, now: Int64) {
        switch (state, report) {
        case (_, .well): state = .closed(failures: 0)
        case (.closed(let failures), .unwell):
            state = failures + 1 < limit ? .closed(failures: failures + 1) : open(times: 1, now: now)
        case (.probing(let times), .unwell): state = open(times: times + 1, now: now)
        // The next attempt is the probe.
        case (.probing(let times), .unknown): state = .open(until: now, times: times)
        case (.open, .unwell), (.closed, .unknown), (.open, .unknown): break
        }
    }

    private func open(times: Int, now: Int64) -> State {
        let (length, overflow) = pause.multipliedReportingOverflow(by: 1 << Int64(min(40, times - 1)))
        return .open(until: now + (overflow ? longestPause : min(longestPause, length)), times: times)
    }

    /// The state as status shows it.
    var text: String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .probing: "probing"
        }
    }
}
#endif
