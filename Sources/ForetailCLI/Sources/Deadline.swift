#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The end of an allowed wait on the monotonic clock.
struct Deadline {
    private let end: Int64?

    /// Begins a wait; nil: as long as it takes.
    init(microseconds: Int64?) {
        end = microseconds.map { Self.now + max(0, $0) }
    }

    /// What is left, in microseconds, at least 0; nil: no end.
    var remaining: Int64? { end.map { max(0, $0 - Self.now) } }

    /// Whether nothing is left.
    var hasPassed: Bool { remaining == 0 }

    /// What is left as `poll` wants it: milliseconds rounded up, -1 for no end.
    var pollTimeout: Int32 { Self.pollTimeout(microseconds: remaining) }

    /// A wait as `poll` wants it: milliseconds rounded up, -1 for no end.
    static func pollTimeout(microseconds: Int64?) -> Int32 {
        guard let microseconds else { return -1 }
        return Int32(clamping: (max(0, microseconds) + 999) / 1_000)
    }

    /// The monotonic clock, in microseconds.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
