#if Server
import FieldExtraction
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The machine's clocks.
struct ServerClock: WallClock {
    /// The time of day.
    func now() -> Timestamp { Timestamp(microseconds: Self.read(CLOCK_REALTIME)) }

    /// Microseconds that only ever grow, for durations.
    var monotonic: Int64 { Self.read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
#endif
