/// An instant in CEL's nanoseconds, from year 1 to year 9999, leap seconds ignored.
public struct Instant: Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z; negative before it.
    public var seconds: Int64
    /// Nanoseconds after that second, 0 to 999,999,999.
    public var nanoseconds: Int32

    static let firstSecond: Int64 = -62_135_596_800
    static let lastSecond: Int64 = 253_402_300_799

    /// Creates an instant; nil outside years 1 to 9999.
    public init?(seconds: Int64, nanoseconds: Int32 = 0) {
        guard seconds >= Instant.firstSecond, seconds <= Instant.lastSecond else { return nil }
        guard nanoseconds >= 0, nanoseconds < 1_000_000_000 else { return nil }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Creates an instant from microseconds since 1970, as metadata holds them; the nearest representable one if they
    /// are outside years 1 to 9999.
    init(microseconds: Int64) {
        let (seconds, rest) = microseconds.flooredDivision(by: 1_000_000)
        self.seconds = min(max(seconds, Instant.firstSecond), Instant.lastSecond)
        self.nanoseconds = Int32(rest) * 1000
    }

    func compared(to other: Instant) -> Comparison {
        seconds == other.seconds
            ? Comparison(Int64(nanoseconds), Int64(other.nanoseconds)) : Comparison(seconds, other.seconds)
    }

    /// The instant `nanoseconds` later, or nil if it leaves the range.
    func adding(nanoseconds delta: Int64) -> Instant? {
        let (seconds, rest) = delta.flooredDivision(by: 1_000_000_000)
        var second = self.seconds + seconds
        var nanosecond = Int64(nanoseconds) + rest
        if nanosecond >= 1_000_000_000 {
            nanosecond -= 1_000_000_000
            second += 1
        }
        return Instant(seconds: second, nanoseconds: Int32(nanosecond))
    }

    /// Nanoseconds from `other` to this instant, or nil if 64 bits do not hold them (292 years).
    func nanoseconds(since other: Instant) -> Int64? {
        let (product, overflow) = (seconds - other.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return nil }
        let (sum, carry) = product.addingReportingOverflow(Int64(nanoseconds) - Int64(other.nanoseconds))
        return carry ? nil : sum
    }
}

extension Int64 {
    /// Quotient rounded towards minus infinity, and the remainder, which is never negative for a positive divisor.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        var (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        if remainder < 0 {
            quotient -= 1
            remainder += divisor
        }
        return (quotient, remainder)
    }
}
