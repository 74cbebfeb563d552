#if Server
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// When the statements of a connection are to end, and the functions that SQLite asks.
struct SQLiteDeadline {
    /// By the clock of ``now()``.
    var time = Int64.max

    /// Microseconds of a clock that nobody sets.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// Microseconds from now, as far as the clock reaches.
    static func after(_ microseconds: Int64) -> Int64 {
        let (sum, isOver) = now().addingReportingOverflow(max(0, microseconds))
        return isOver ? .max : sum
    }

    /// SQLite's progress handler: not 0 ends the statement.
    static let hasPassed: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { pointer in
        pointer!.assumingMemoryBound(to: SQLiteDeadline.self).pointee.time <= now() ? 1 : 0
    }

    /// SQLite's busy handler: 0 gives up. Others hold a file for milliseconds, as a rule.
    static let waitsOn: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Int32 = { pointer, tries in
        let rest = pointer!.assumingMemoryBound(to: SQLiteDeadline.self).pointee.time - now()
        guard rest > 0 else { return 0 }
        usleep(UInt32(min(rest, min(20_000, 500 << Int64(min(tries, 8))))))
        return 1
    }
}
#endif
