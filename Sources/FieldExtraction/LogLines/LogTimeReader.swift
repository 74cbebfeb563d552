/// Stamps as log lines begin with them.
///
/// Every function takes the offset where a stamp may begin and returns the instant with the offset behind it, or nil. Stamps
/// without a zone are UTC. Where the year is missing, it is the one that brings the stamp nearest to the one before; for the first
/// stamp it is the last year in which it is not more than a day ahead of `reference`, or 1970 where there is no reference.
struct LogTimeReader {
    /// A stamp that was read.
    struct Stamp {
        var microseconds: Int64
        var end: Int
    }

    /// The instant that no line is later than, in microseconds since 1970: of the clock, or of the file's last change.
    var reference: Int64?
    /// The stamp before, and its year.
    private var previous: Int64?
    private var year: Int64 = 1970

    /// A stamp that begins with digits.
    mutating func numeric(_ view: ByteView, _ start: Int) -> Stamp? {
        guard LogByte.isDigit(view[start]), LogByte.isDigit(view[start + 1]) else { return nil }
        let separator = view[start + 2]
        if separator == UInt8(ascii: "/") { return shortDate(view, start) }
        if separator == UInt8(ascii: "-") || separator == UInt8(ascii: ".") {
            return monthDay(view, start, separator)
        }
        guard LogByte.isDigit(separator), LogByte.isDigit(view[start + 3]) else { return nil }
        let fifth = view[start + 4]
        if fifth == UInt8(ascii: "-") || fifth == UInt8(ascii: "/") || fifth == UInt8(ascii: ".") {
            return fullDate(view, start, fifth)
        }
        guard let head = number(view, start, most: 8) else { return nil }
        if head.end == start + 6, view[head.end] == 0x20 { return packed(view, start) }
        if head.end == start + 8, view[head.end] == UInt8(ascii: "-") { return compact(view, start) }
        return nil
    }

    /// `2015-10-18 18:01:47,978`, `2005-06-03-15.42.50.363779`, `2026-01-01T00:00:00.123456789Z`
    private mutating func fullDate(_ view: ByteView, _ start: Int, _ separator: UInt8) -> Stamp? {
        guard let year = digits(view, start, 4), let month = digits(view, start + 5, 2), view[start + 7] == separator,
            let day = digits(view, start + 8, 2)
        else { return nil }
        let mark = view[start + 10]
        guard mark == 0x20 || mark | 0x20 == UInt8(ascii: "t") || mark == UInt8(ascii: "_") || mark == UInt8(ascii: "-")
        else { return nil }
        guard let clock = clock(view, start + 11) else { return nil }
        return zoned(view, year, month, day, clock)
    }

    /// `17/06/09 20:10:40`, `09/06/2017 20:10:40` and, as in access logs, `17/May/2015:10:05:03 +0000`
    private mutating func shortDate(_ view: ByteView, _ start: Int) -> Stamp? {
        if let month = Self.month(view, start + 3) {
            guard view[start + 6] == UInt8(ascii: "/"), let day = digits(view, start, 2),
                let year = digits(view, start + 7, 4),
                view[start + 11] == UInt8(ascii: ":") || view[start + 11] == 0x20,
                let clock = clock(view, start + 12)
            else { return nil }
            return zoned(view, year, month, day, clock)
        }
        guard let first = digits(view, start, 2), let second = digits(view, start + 3, 2),
            view[start + 5] == UInt8(ascii: "/")
        else { return nil }
        if let year = digits(view, start + 6, 4), view[start + 10] == 0x20, let clock = clock(view, start + 11) {
            return first > 12 ? zoned(view, year, second, first, clock) : zoned(view, year, first, second, clock)
        }
        guard let third = digits(view, start + 6, 2), view[start + 8] == 0x20, let clock = clock(view, start + 9)
        else { return nil }
        return zoned(view, 2000 + first, second, third, clock)
    }

    /// `03-17 16:13:38.811`, `10.30 16:49:06`
    private mutating func monthDay(_ view: ByteView, _ start: Int, _ separator: UInt8) -> Stamp? {
        guard let month = digits(view, start, 2), let day = digits(view, start + 3, 2), view[start + 5] == 0x20,
            let clock = clock(view, start + 6)
        else { return nil }
        return yearless(month, day, clock)
    }

    /// `081109 203615`
    private mutating func packed(_ view: ByteView, _ start: Int) -> Stamp? {
        guard let year = digits(view, start, 2), let month = digits(view, start + 2, 2),
            let day = digits(view, start + 4, 2), let hour = digits(view, start + 7, 2),
            let minute = digits(view, start + 9, 2), let second = digits(view, start + 11, 2),
            view[start + 13] == 0x20, hour < 24, minute < 60, second <= 60
        else { return nil }
        let clock = (microseconds: ((hour * 60 + minute) * 60 + second) * 1_000_000, end: start + 13)
        return assemble(2000 + year, month, day, clock)
    }

    /// `20171223-22:15:29:606`, hours and the like with one digit where that is enough
    private mutating func compact(_ view: ByteView, _ start: Int) -> Stamp? {
        guard let year = digits(view, start, 4), let month = digits(view, start + 4, 2),
            let day = digits(view, start + 6, 2), let hour = number(view, start + 9, most: 2),
            view[hour.end] == UInt8(ascii: ":"), let minute = number(view, hour.end + 1, most: 2),
            view[minute.end] == UInt8(ascii: ":"), let second = number(view, minute.end + 1, most: 2),
            hour.value < 24, minute.value < 60, second.value <= 60
        else { return nil }
        var microseconds = ((hour.value * 60 + minute.value) * 60 + second.value) * 1_000_000
        var end = second.end
        if view[end] == UInt8(ascii: ":"), let fraction = number(view, end + 1, most: 3) {
            microseconds += fraction.value * 1_000
            end = fraction.end
        }
        return assemble(year, month, day, (microseconds, end))
    }

    /// `Jun 14 15:16:01`, `Jul  1 09:00:55`
    mutating func syslog(_ view: ByteView, _ start: Int) -> Stamp? {
        guard let month = Self.month(view, start), view[start + 3] == 0x20 else { return nil }
        var place = start + 4
        if view[place] == 0x20 { place += 1 }
        guard let day = number(view, place, most: 2), view[day.end] == 0x20, let clock = clock(view, day.end + 1) else {
            return nil
        }
        return yearless(month, day.value, clock)
    }

    /// `Sun Dec 04 04:47:44.123 2005`
    mutating func classic(_ view: ByteView, _ start: Int) -> Stamp? {
        guard LogByte.isLetter(view[start]), view[start + 3] == 0x20, let month = Self.month(view, start + 4),
            view[start + 7] == 0x20
        else { return nil }
        var place = start + 8
        if view[place] == 0x20 { place += 1 }
        guard let day = number(view, place, most: 2), view[day.end] == 0x20, let clock = clock(view, day.end + 1),
            view[clock.end] == 0x20, let year = digits(view, clock.end + 1, 4)
        else { return nil }
        return assemble(year, month, day.value, (clock.microseconds, clock.end + 5))
    }

    /// `0102 15:04:05.000000`, behind the letter of klog
    mutating func klog(_ view: ByteView, _ start: Int) -> Stamp? {
        guard let month = digits(view, start, 2), let day = digits(view, start + 2, 2), view[start + 4] == 0x20,
            let clock = clock(view, start + 5)
        else { return nil }
        return yearless(month, day, clock)
    }

    /// Ten digits: seconds since 1970.
    func epoch(_ view: ByteView, _ start: Int) -> Stamp? {
        guard let value = digits(view, start, 10), !LogByte.isDigit(view[start + 10]) else { return nil }
        return Stamp(microseconds: value * 1_000_000, end: start + 10)
    }

    // MARK: Parts

    /// Hours, minutes and seconds with points or colons between, and a fraction.
    private func clock(_ view: ByteView, _ start: Int) -> (microseconds: Int64, end: Int)? {
        let mark = view[start + 2]
        guard mark == UInt8(ascii: ":") || mark == UInt8(ascii: "."), let hour = digits(view, start, 2),
            let minute = digits(view, start + 3, 2), hour < 24, minute < 60
        else { return nil }
        guard view[start + 5] == mark, let second = digits(view, start + 6, 2), second <= 60 else { return nil }
        var microseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000
        var end = start + 8
        let point = view[end]
        if point == UInt8(ascii: ".") || point == UInt8(ascii: ","), LogByte.isDigit(view[end + 1]) {
            end += 1
            var unit: Int64 = 100_000
            while LogByte.isDigit(view[end]) {
                microseconds += Int64(view[end] - 48) * unit
                unit /= 10
                end += 1
            }
        }
        return (microseconds, end)
    }

    /// The instant with the zone that stands behind the clock, if there is one.
    private mutating func zoned(
        _ view: ByteView, _ year: Int64, _ month: Int64, _ day: Int64, _ clock: (microseconds: Int64, end: Int)
    ) -> Stamp? {
        var end = clock.end
        var offset: Int64 = 0
        let sign = view[end] == 0x20 ? end + 1 : end
        if view[end] | 0x20 == UInt8(ascii: "z") {
            end += 1
        } else if view[sign] == UInt8(ascii: "+") || view[sign] == UInt8(ascii: "-"),
            let hours = digits(view, sign + 1, 2)
        {
            var after = sign + 3
            var minutes: Int64 = 0
            if view[after] == UInt8(ascii: ":"), let value = digits(view, after + 1, 2) {
                minutes = value
                after += 3
            } else if let value = digits(view, after, 2) {
                minutes = value
                after += 2
            }
            if hours < 24, minutes < 60, !LogByte.isLetter(view[after]), !LogByte.isDigit(view[after]) {
                offset = (hours * 60 + minutes) * 60_000_000 * (view[sign] == UInt8(ascii: "-") ? -1 : 1)
                end = after
            }
        } else if view.word(at: end) & 0xFFFF_FFFF == 0x4354_5520 {  // " UTC"
            end += 4
        }
        guard var stamp = assemble(year, month, day, (clock.microseconds, end)) else { return nil }
        stamp.microseconds -= offset
        return stamp
    }

    private mutating func assemble(
        _ year: Int64, _ month: Int64, _ day: Int64, _ clock: (microseconds: Int64, end: Int)
    ) -> Stamp? {
        note(stamp(year, month, day, clock))
    }

    private mutating func yearless(
        _ month: Int64, _ day: Int64, _ clock: (microseconds: Int64, end: Int)
    ) -> Stamp? {
        if let previous {
            // The year that brings it nearest to the stamp before.
            var best: Stamp?
            for year in self.year - 1...self.year + 1 {
                guard let stamp = stamp(year, month, day, clock) else { continue }
                if let known = best, abs(known.microseconds - previous) <= abs(stamp.microseconds - previous) {
                    continue
                }
                best = stamp
            }
            if let best { return note(best) }
        }
        guard let reference else { return note(stamp(1970, month, day, clock) ?? stamp(1972, month, day, clock)) }
        // The last year in which it is not ahead. The 29th of February is at most eight years back.
        let latest = reference.addingReportingOverflow(86_400_000_000).partialValue
        let last = CivilDate(daysSinceEpoch: latest / 86_400_000_000).year
        for year in stride(from: last, through: last - 8, by: -1) {
            if let stamp = stamp(year, month, day, clock), stamp.microseconds <= latest { return note(stamp) }
        }
        return nil
    }

    private func stamp(
        _ year: Int64, _ month: Int64, _ day: Int64, _ clock: (microseconds: Int64, end: Int)
    ) -> Stamp? {
        guard year > 0, let date = CivilDate(year: year, month: month, day: day) else { return nil }
        return Stamp(microseconds: date.daysSinceEpoch * 86_400_000_000 + clock.microseconds, end: clock.end)
    }

    private mutating func note(_ stamp: Stamp?) -> Stamp? {
        guard let stamp else { return nil }
        previous = stamp.microseconds
        year = CivilDate(daysSinceEpoch: stamp.microseconds / 86_400_000_000).year
        return stamp
    }

    /// A month by its first three letters.
    static func month(_ view: ByteView, _ start: Int) -> Int64? {
        switch UInt32(truncatingIfNeeded: view.word(at: start)) & 0xFF_FFFF {
        case 0x6E_614A: 1
        case 0x62_6546: 2
        case 0x72_614D: 3
        case 0x72_7041: 4
        case 0x79_614D: 5
        case 0x6E_754A: 6
        case 0x6C_754A: 7
        case 0x67_7541: 8
        case 0x70_6553: 9
        case 0x74_634F: 10
        case 0x76_6F4E: 11
        case 0x63_6544: 12
        default: nil
        }
    }

    private func digits(_ view: ByteView, _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for place in start..<start + count {
            guard LogByte.isDigit(view[place]) else { return nil }
            value = value * 10 + Int64(view[place] - 48)
        }
        return value
    }

    private func number(_ view: ByteView, _ start: Int, most: Int) -> (value: Int64, end: Int)? {
        var value: Int64 = 0
        var place = start
        while place < start + most, LogByte.isDigit(view[place]) {
            value = value * 10 + Int64(view[place] - 48)
            place += 1
        }
        return place > start ? (value, place) : nil
    }
}
