/// Instants as text, RFC 3339: `2026-01-01T00:00:00.5+01:00`.
enum InstantText {
    /// The instant of a text, or nil if it is none or outside years 1 to 9999.
    static func parse(_ text: String) -> Instant? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74, bytes[13] == 0x3A,
            bytes[16] == 0x3A, let year = number(bytes, 0, 4), let month = number(bytes, 5, 2),
            let day = number(bytes, 8, 2), let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2),
            let second = number(bytes, 17, 2), year >= 1, month >= 1, month <= 12, day >= 1,
            day <= CalendarField.days(ofMonth: month, year: year), hour < 24, minute < 60, second < 60
        else { return nil }
        var position = 19
        var nanoseconds: Int64 = 0
        if bytes[position] == UInt8(ascii: ".") {
            position += 1
            var scale: Int64 = 100_000_000
            let first = position
            while position < bytes.count, Lexer.isDigit(bytes[position]) {
                nanoseconds += Int64(bytes[position] - 0x30) * scale
                scale /= 10
                position += 1
            }
            if position == first { return nil }
        }
        guard position < bytes.count, let offset = offset(bytes, position) else { return nil }
        let date = CalendarField.days(year: year, month: month, day: day)
        let seconds = date * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Instant(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }

    /// `Z` or `+hh:mm` to the end of the text, in seconds.
    private static func offset(_ bytes: [UInt8], _ position: Int) -> Int64? {
        if bytes[position] | 0x20 == 0x7A { return position + 1 == bytes.count ? 0 : nil }
        guard bytes[position] == 0x2B || bytes[position] == 0x2D, bytes.count == position + 6,
            bytes[position + 3] == 0x3A, let hours = number(bytes, position + 1, 2),
            let minutes = number(bytes, position + 4, 2), hours < 24, minutes < 60
        else { return nil }
        return (bytes[position] == 0x2D ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }

    static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64? {
        guard start + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[start..<(start + count)] {
            guard Lexer.isDigit(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }

    /// RFC 3339 in UTC with as many digits of the second as are needed.
    static func format(_ instant: Instant) -> String {
        let date = CalendarField.Date(seconds: instant.seconds)
        let clock = instant.seconds.flooredDivision(by: 86_400).remainder
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
            + padded(clock / 3_600, 2) + ":" + padded(clock / 60 % 60, 2) + ":" + padded(clock % 60, 2)
            + DurationText.fraction(UInt64(instant.nanoseconds)) + "Z"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
