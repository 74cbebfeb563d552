#if NATS
/// The clock of deadlines: microseconds of a clock that is never set.
enum Monotonic {
    private static let start = ContinuousClock.now

    /// Microseconds since some moment of this process.
    static func now() -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// Then; a time beyond all bounds is the furthest there is.
    static func deadline(after microseconds: Int64?) -> Int64 {
        guard let microseconds else { return .max }
        let (sum, overflow) = now().addingReportingOverflow(microseconds)
        return overflow ? .max : sum
    }

    /// Waits; ends early when the task is cancelled.
    static func sleep(_ microseconds: Int64) async {
        try? await Task.sleep(for: .microseconds(min(microseconds, 1_000_000_000_000)))
    }
}
#endif
