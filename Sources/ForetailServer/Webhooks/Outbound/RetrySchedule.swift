#if Server
/// When a failed attempt is followed by the next: exponential back-off with full jitter, so that receivers which come back
/// are not asked by everybody at once. Times are in microseconds.
///
/// Source: M. Brooker, "Exponential Backoff and Jitter", 2015.
struct RetrySchedule: Sendable {
    /// The bound of the first wait.
    var first: Int64
    /// The largest bound.
    var longest: Int64
    /// The longest wait that a receiver may ask for.
    var longestAsked: Int64

    init(_ settings: WebhookSettings) {
        first = settings.retryMicroseconds
        longest = settings.longestRetryMicroseconds
        longestAsked = settings.longestRetryAfterMicroseconds
    }

    /// The largest wait after so many failures in a row.
    func bound(failures: Int) -> Int64 {
        let doublings = min(40, max(0, failures - 1))
        let (bound, overflow) = first.multipliedReportingOverflow(by: 1 << Int64(doublings))
        return overflow ? longest : min(longest, bound)
    }

    /// The wait after so many failures in a row.
    ///
    /// - Parameters:
    ///   - asked: What the receiver asked for with `Retry-After`.
    ///   - share: A number from 0 to 1, drawn anew each time.
    func wait(failures: Int, asked: Int64?, share: Double) -> Int64 {
        let drawn = Int64(Double(bound(failures: failures)) * share)
        return max(drawn, min(asked ?? 0, longestAsked))
    }
}
#endif
