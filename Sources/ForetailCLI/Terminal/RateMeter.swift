/// A count per second over the last two to four seconds, long enough for a source that reports once a second.
struct RateMeter {
    private var start: (time: Int64, count: Int)?
    private var middle: (time: Int64, count: Int)?
    private(set) var perSecond = 0.0
    private static let window: Int64 = 2_000_000

    /// Takes a reading of a count that only grows.
    ///
    /// - Parameters:
    ///   - count: The count.
    ///   - now: Microseconds on a clock that only goes forward.
    mutating func note(_ count: Int, now: Int64) {
        guard let from = start, let between = middle else {
            start = (now, count)
            middle = start
            return
        }
        if now > from.time { perSecond = Double(count - from.count) * 1e6 / Double(now - from.time) }
        if now - between.time >= Self.window {
            start = between
            middle = (now, count)
        }
    }
}
