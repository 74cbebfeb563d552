#if Postgres
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The clock that deadlines are measured with.
enum Monotonic {
    /// Microseconds since some moment.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// Microseconds from now, as far as the clock reaches.
    static func deadline(after microseconds: Int64) -> Int64 {
        let (sum, isOver) = now().addingReportingOverflow(max(0, microseconds))
        return isOver ? .max : sum
    }

    /// What `poll` takes for the time until then: rounded up, never negative.
    static func pollMilliseconds(until deadline: Int64) -> Int32 {
        guard deadline < .max else { return -1 }
        return Int32(clamping: (max(0, deadline - now()) + 999) / 1_000)
    }
}
#endif
