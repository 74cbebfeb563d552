/// The accessors of instants and durations: `getFullYear()`, `getHours("Europe/Berlin")` and their like.
enum CalendarField {
    /// A day of the proleptic Gregorian calendar.
    struct Date {
        var year: Int64
        var month: Int64
        var day: Int64

        /// The day on which `seconds` since 1970 lies. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        init(seconds: Int64) {
            let days = seconds.flooredDivision(by: 86_400).quotient + 719_468
            let era = days.flooredDivision(by: 146_097)
            let dayOfEra = era.remainder
            let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shifted = (5 * dayOfYear + 2) / 153
            day = dayOfYear - (153 * shifted + 2) / 5 + 1
            month = shifted < 10 ? shifted + 3 : shifted - 9
            year = yearOfEra + era.quotient * 400 + (month <= 2 ? 1 : 0)
        }
    }

    /// Days from 1970-01-01 to a date.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = era.remainder * 365 + era.remainder / 4 - era.remainder / 100 + dayOfYear
        return era.quotient * 146_097 + dayOfEra - 719_468
    }

    /// The number of days of a month.
    static func days(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Reads one field of an instant in a zone (UTC without one), or one total of a duration.
    static func read(_ function: Function, _ value: Value, in zone: TimeZone?) throws(Failure) -> Value {
        switch value {
        case .duration(let nanoseconds):
            guard zone == nil else { throw .noSuchOverload }
            return .int(try total(function, nanoseconds))
        case .timestamp(let instant):
            let offset = zone?.offset(at: instant.seconds) ?? 0
            return .int(field(function, instant, local: instant.seconds + offset))
        default: throw .noSuchOverload
        }
    }

    private static func total(_ function: Function, _ nanoseconds: Int64) throws(Failure) -> Int64 {
        switch function {
        case .getHours: nanoseconds / 3_600_000_000_000
        case .getMinutes: nanoseconds / 60_000_000_000
        case .getSeconds: nanoseconds / 1_000_000_000
        case .getMilliseconds: nanoseconds / 1_000_000 % 1_000
        default: throw .noSuchOverload
        }
    }

    private static func field(_ function: Function, _ instant: Instant, local: Int64) -> Int64 {
        let (day, clock) = local.flooredDivision(by: 86_400)
        switch function {
        case .getHours: return clock / 3_600
        case .getMinutes: return clock / 60 % 60
        case .getSeconds: return clock % 60
        case .getMilliseconds: return Int64(instant.nanoseconds) / 1_000_000
        case .getDayOfWeek: return (day + 4).flooredDivision(by: 7).remainder
        default: break
        }
        let date = Date(seconds: local)
        switch function {
        case .getFullYear: return date.year
        case .getMonth: return date.month - 1
        case .getDate: return date.day
        case .getDayOfMonth: return date.day - 1
        default: return day - days(year: date.year, month: 1, day: 1)
        }
    }
}
