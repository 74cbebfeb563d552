/// A day of the proleptic Gregorian calendar, counted to and from days since 1970-01-01.
///
/// The arithmetic is Howard Hinnant's (`days_from_civil`, `civil_from_days`): years begin in March, so that the leap day is
/// the last of a year, and 400 years repeat.
struct CivilDate: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64

    /// The date, or nil if there is no such day.
    @inline(__always)
    init?(year: Int64, month: Int64, day: Int64) {
        guard month >= 1, month <= 12, day >= 1, day <= Self.days(in: month, of: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = UInt32(truncatingIfNeeded: shifted - era * 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int64(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int64(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int64(yearOfEra) + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01, negative before.
    @inline(__always)
    var daysSinceEpoch: Int64 {
        let shifted = month <= 2 ? year &- 1 : year
        let era = (shifted >= 0 ? shifted : shifted &- 399) / 400
        let yearOfEra = shifted &- era &* 400
        let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
        return era &* 146_097 &+ yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear &- 719_468
    }

    @inline(__always)
    static func days(in month: Int64, of year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        // The lowest bit says 31, flipped from August on.
        return 30 + (month ^ (month >> 3)) & 1
    }
}
