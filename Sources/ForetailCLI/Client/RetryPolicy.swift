#if Server
/// How long to wait before a request is made again: twice as long each time, never less than the server asks for.
///
///     policy.delay(attempt: 0, retryAfter: nil, random: 1)      // 250_000
///     policy.delay(attempt: 3, retryAfter: 5, random: 0)        // 5_000_000
struct RetryPolicy: Hashable, Sendable {
    /// The first wait, in microseconds.
    var first: Int64 = 250_000
    /// The longest wait of its own accord, in microseconds.
    var longest: Int64 = 10_000_000
    /// The longest wait that a server can ask for, in microseconds.
    var longestAsked: Int64 = 60_000_000

    /// Microseconds to wait after a failure.
    ///
    /// - Parameters:
    ///   - attempt: How many attempts have failed before this one.
    ///   - retryAfter: Seconds that the server asked for.
    ///   - random: 0…1; spreads the clients of a server that comes back: the wait is between half and all of its time.
    func delay(attempt: Int, retryAfter: Int?, random: Double = .random(in: 0...1)) -> Int64 {
        let doubled = first << Int64(min(max(0, attempt), 20))
        let own = min(doubled, longest)
        let spread = own / 2 + Int64(Double(own / 2) * random)
        let asked = min(Int64(min(retryAfter ?? 0, 1 << 20)) * 1_000_000, longestAsked)
        return max(spread, asked)
    }
}
#endif
