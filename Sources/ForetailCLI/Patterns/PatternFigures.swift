import FieldExtraction
import Forecasting

/// Figures of patterns as sentences need them.
enum PatternFigures {
    /// A value with about four digits, thousands set apart: `30,373`, `16.34`, `0.00045`.
    static func value(_ value: Double) -> String {
        let magnitude = abs(value)
        guard magnitude.isFinite, magnitude < 1e15 else { return "\(value)" }
        if magnitude == 0 { return "0" }
        if magnitude >= 1_000 {
            let text = Readable.count(Int(magnitude.rounded()))
            return (value < 0 ? "−" : "") + text
        }
        var decimals = 0
        var scale = magnitude
        while scale < 1_000, decimals < 12 {
            scale *= 10
            decimals += 1
        }
        var text = Readable.fixed(magnitude, decimals: decimals)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return (value < 0 ? "−" : "") + text
    }

    /// A value with its sign: `+1.2`, `−3,400`.
    static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + self.value(value) }

    /// A rate or a size with two digits and a sign: `+0.00045`, `−1.1`, `+12,000`.
    static func rough(_ value: Double) -> String {
        var magnitude = abs(value)
        guard magnitude > 0, magnitude.isFinite else { return signed(value) }
        var scale = 1.0
        while magnitude >= 100 {
            magnitude /= 10
            scale *= 10
        }
        while magnitude < 10 {
            magnitude *= 10
            scale /= 10
        }
        return signed((value < 0 ? -1 : 1) * magnitude.rounded() * scale)
    }

    /// An instant: `2014-07-03 12:30`, seconds only where they are not 0.
    static func instant(_ microseconds: Int64) -> String {
        let clock = ClockText(zone: .utc)
        let time = Timestamp(microseconds: microseconds)
        let moment = clock.time(time)
        return "\(clock.date(time)) \(moment.hasSuffix(":00") ? String(moment.dropLast(3)) : moment)"
    }

    /// Where something is: its time, else its event, counted from 1.
    static func place(_ microseconds: Int64?, event: Int) -> String {
        microseconds.map(instant) ?? "event \(Readable.count(event + 1))"
    }

    /// A share: `< 1 %`, `86 %`, `100 %` only of all.
    static func share(_ share: Double) -> String {
        if share > 0, share < 0.005 { return "< 1 %" }
        if share < 1, share >= 0.995 { return "> 99 %" }
        return Readable.percent(share)
    }

    /// A stretch of time: `30m`, `14ms`, `120µs`.
    static func duration(_ microseconds: Int64) -> String {
        microseconds < 1_000 ? "\(microseconds)µs" : Readable.shortDuration(microseconds: microseconds)
    }
}
