/// The rule that holds after a zone file's last transition: a POSIX `TZ` text such as `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Source: POSIX.1-2017, 8.3; RFC 9636, 3.3.
struct ZoneRule {
    /// A day of the year and the second of that day on which the clocks change.
    private struct Change {
        enum Day {
            /// Month, week (5 is the last), weekday.
            case weekday(Int64, Int64, Int64)
            /// Day 1 to 365, 29 February never counted.
            case julian(Int64)
            /// Day 0 to 365.
            case zeroBased(Int64)
        }

        var day: Day
        var second: Int64
    }

    private var bytes: ArraySlice<UInt8>
    private var standard: Int64 = 0
    private var daylight: Int64?
    private var start: Change?
    private var end: Change?

    /// Reads the line between two newlines at the end of a file; nil if it is none.
    init?(footer: ArraySlice<UInt8>) {
        bytes = footer.dropFirst().prefix { $0 != 0x0A }
        guard skipName(), let offset = time() else { return nil }
        standard = -offset
        guard !bytes.isEmpty else { return }
        guard skipName() else { return nil }
        daylight = standard + 3_600
        if bytes.first != UInt8(ascii: ",") {
            guard let offset = time() else { return nil }
            daylight = -offset
        }
        guard let start = change(), let end = change() else { return nil }
        self.start = start
        self.end = end
    }

    /// Seconds to add to UTC.
    func offset(at seconds: Int64) -> Int64 {
        guard let daylight, let start, let end else { return standard }
        let year = CalendarField.Date(seconds: seconds + standard).year
        let begins = ZoneRule.instant(start, year) - standard
        let ends = ZoneRule.instant(end, year) - daylight
        let isDaylight = begins < ends ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends
        return isDaylight ? daylight : standard
    }

    private static func instant(_ change: Change, _ year: Int64) -> Int64 {
        let newYear = CalendarField.days(year: year, month: 1, day: 1)
        let day: Int64
        switch change.day {
        case .zeroBased(let number): day = newYear + number
        case .julian(let number):
            let isLeap = CalendarField.days(ofMonth: 2, year: year) == 29
            day = newYear + number - 1 + (isLeap && number >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let first = CalendarField.days(year: year, month: month, day: 1)
            let firstWeekday = (first + 4).flooredDivision(by: 7).remainder
            var found = first + (weekday - firstWeekday).flooredDivision(by: 7).remainder + (week - 1) * 7
            while found >= first + CalendarField.days(ofMonth: month, year: year) { found -= 7 }
            day = found
        }
        return day * 86_400 + change.second
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard bytes.first == byte else { return false }
        bytes = bytes.dropFirst()
        return true
    }

    private mutating func skipName() -> Bool {
        if take(UInt8(ascii: "<")) {
            while let next = bytes.first, next != UInt8(ascii: ">") { bytes = bytes.dropFirst() }
            return take(UInt8(ascii: ">"))
        }
        let count = bytes.count
        while let next = bytes.first, Lexer.isLetter(next) { bytes = bytes.dropFirst() }
        return bytes.count < count
    }

    private mutating func number() -> Int64? {
        var value: Int64?
        while let next = bytes.first, Lexer.isDigit(next), value ?? 0 < 100_000 {
            value = (value ?? 0) * 10 + Int64(next - 0x30)
            bytes = bytes.dropFirst()
        }
        return value
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private mutating func time() -> Int64? {
        let sign: Int64 = take(UInt8(ascii: "-")) ? -1 : 1
        if sign == 1 { _ = take(UInt8(ascii: "+")) }
        guard let hours = number() else { return nil }
        var seconds = hours * 3_600
        if take(UInt8(ascii: ":")) { seconds += (number() ?? 0) * 60 }
        if take(UInt8(ascii: ":")) { seconds += number() ?? 0 }
        return sign * seconds
    }

    private mutating func change() -> Change? {
        guard take(UInt8(ascii: ",")) else { return nil }
        let day: Change.Day
        if take(UInt8(ascii: "M")) {
            guard let month = number(), take(UInt8(ascii: ".")), let week = number(), take(UInt8(ascii: ".")),
                let weekday = number(), month >= 1, month <= 12
            else { return nil }
            day = .weekday(month, week, weekday)
        } else if take(UInt8(ascii: "J")) {
            guard let number = number() else { return nil }
            day = .julian(number)
        } else {
            guard let number = number() else { return nil }
            day = .zeroBased(number)
        }
        var second: Int64 = 7_200
        if take(UInt8(ascii: "/")) {
            guard let time = time() else { return nil }
            second = time
        }
        return Change(day: day, second: second)
    }
}
