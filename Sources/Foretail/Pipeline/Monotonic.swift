#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The clock that shells measure deadlines with: microseconds, and nobody sets it. The core is told the time.
package enum Monotonic {
    /// Microseconds since some moment.
    package static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// Microseconds from now, as far as the clock reaches; nil: never.
    package static func deadline(after microseconds: Int64?) -> Int64 {
        guard let microseconds else { return .max }
        let (sum, isOver) = now().addingReportingOverflow(max(0, microseconds))
        return isOver ? .max : sum
    }

    /// What `poll` takes for the time until then: rounded up, never negative; -1 for a deadline that never comes.
    package static func pollMilliseconds(until deadline: Int64) -> Int32 {
        guard deadline < .max else { return -1 }
        return Int32(clamping: (max(0, deadline - now()) + 999) / 1_000)
    }

    /// Waits, in microseconds; ends early when the task is cancelled.
    package static func sleep(_ microseconds: Int64) async {
        try? await Task.sleep(for: .microseconds(min(microseconds, 1_000_000_000_000)))
    }
}
