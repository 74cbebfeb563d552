/// An instant in microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
///     Timestamp(parsing: "2015-05-17 10:05:03.25")?.description      // 2015-05-17T10:05:03.250Z
///
/// Microseconds cover the years 0001 to 9999 in 64 bits, which nanoseconds do not; finer digits of an input are cut off.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since the epoch; negative before it.
    public var microseconds: Int64

    /// Creates an instant from microseconds since the epoch.
    @inlinable public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whether `left` is earlier than `right`.
    @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The first instant of the year 0001; nothing earlier is read from text or numbers.
    public static let earliest = Timestamp(microseconds: -62_135_596_800_000_000)
    /// The last microsecond of the year 9999; nothing later is read from text or numbers.
    public static let latest = Timestamp(microseconds: 253_402_300_799_999_999)

    /// The instant as a slot.
    @inlinable public var slot: FieldSlot {
        FieldSlot(kind: .timestamp, bits: UInt64(bitPattern: microseconds))
    }

    /// RFC 3339 in UTC, with as many fraction digits as needed: none, 3 or 6.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the instant as RFC 3339 in UTC, with as many fraction digits as needed: none, 3 or 6.
    ///
    ///     2015-05-17T10:05:03Z    2015-05-17T10:05:03.250Z    2015-05-17T10:05:03.250001Z
    ///
    /// Years outside 0001…9999, which no RFC 3339 text holds, print with a sign or more digits.
    public func append(to output: inout [UInt8]) {
        var (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        if fraction < 0 {
            fraction += 1_000_000
            seconds -= 1
        }
        var (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        if second < 0 {
            second += 86_400
            days -= 1
        }
        let date = CivilDate(daysSinceEpoch: days)
        let time = UInt64(second)
        var text = DigitBuffer()
        text.prepend(byte: UInt8(ascii: "Z"))
        if fraction != 0 {
            let isWhole = fraction % 1000 == 0
            text.prepend(UInt64(isWhole ? fraction / 1000 : fraction), width: isWhole ? 3 : 6)
            text.prepend(byte: UInt8(ascii: "."))
        }
        text.prependPair(time % 60)
        text.prepend(byte: UInt8(ascii: ":"))
        text.prependPair(time / 60 % 60)
        text.prepend(byte: UInt8(ascii: ":"))
        text.prependPair(time / 3600)
        text.prepend(byte: UInt8(ascii: "T"))
        text.prependPair(UInt64(date.day))
        text.prepend(byte: UInt8(ascii: "-"))
        text.prependPair(UInt64(date.month))
        text.prepend(byte: UInt8(ascii: "-"))
        text.prepend(date.year.magnitude, width: 4)
        if date.year < 0 { text.prepend(byte: UInt8(ascii: "-")) }
        text.append(to: &output)
    }
}
