#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import FieldExtraction

/// Instants as the clock on the wall shows them.
struct ClockText: Hashable, Sendable {
    /// Whose clock.
    enum Zone: Hashable, Sendable {
        /// Universal time.
        case utc
        /// The machine's own zone.
        case local
    }

    /// Whose clock.
    var zone: Zone

    /// The number of the day, for telling whether two instants lie on the same one.
    func day(_ time: Timestamp) -> Int64 {
        let (quotient, remainder) = shifted(time).microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The day: `2026-01-01`.
    func date(_ time: Timestamp) -> String { String(shifted(time).description.prefix(10)) }

    /// The time of day: `12:05:00`.
    func time(_ time: Timestamp) -> String { String(shifted(time).description.dropFirst(11).prefix(8)) }

    /// The day without its year and the time of day: `01-02 00:05:00`.
    func dayAndTime(_ time: Timestamp) -> String {
        "\(shifted(time).description.dropFirst(5).prefix(5)) \(self.time(time))"
    }

    private func shifted(_ time: Timestamp) -> Timestamp {
        let bounded = Timestamp(
            microseconds: min(max(time.microseconds, Timestamp.earliest.microseconds), Timestamp.latest.microseconds))
        guard zone == .local else { return bounded }
        var seconds = time_t(bounded.microseconds / 1_000_000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return bounded }
        return Timestamp(microseconds: bounded.microseconds + Int64(parts.tm_gmtoff) * 1_000_000)
    }
}
