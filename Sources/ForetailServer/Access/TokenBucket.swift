#if Server
/// So much in a second, and as much at once as a second brings. What is taken may overdraw it once; the next waits until that
/// is made good.
struct TokenBucket: Sendable {
    private let rate: Double
    private var level: Double
    private var last: Int64?

    /// Creates a full one.
    init(perSecond rate: Int) {
        self.rate = Double(rate)
        level = Double(rate)
    }

    /// Takes an amount.
    ///
    /// - Parameter now: Microseconds of a clock that only ever grows.
    /// - Returns: Microseconds after which to ask again; nil: it was taken.
    mutating func take(_ amount: Int, now: Int64) -> Int64? {
        if let last { level = min(rate, level + Double(now - last) / 1e6 * rate) }
        last = now
        guard level > 0 else { return max(1, Int64(min(-level / rate * 1e6, 86_400e6))) }
        level -= Double(amount)
        return nil
    }
}
#endif
