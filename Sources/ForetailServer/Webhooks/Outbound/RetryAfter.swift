#if Server
import FieldExtraction

/// What a receiver says of when to try again: seconds, or a time.
///
/// Source: RFC 9110, 10.2.3 (`Retry-After`) and 5.6.7 (dates in three forms).
enum RetryAfter {
    /// The microseconds from `now` on; nil for what cannot be read. A time that is over is 0.
    static func microseconds(_ text: String, now: Timestamp = ServerClock().now()) -> Int64? {
        let text = text.filter { $0 != "\t" }.split(separator: " ").joined(separator: " ")
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More seconds than anybody waits.
            return (Int64(text) ?? .max).multipliedReportingOverflow(by: 1_000_000).overflow
                ? Int64.max / 2 : Int64(text)! * 1_000_000
        }
        return date(text).map { max(0, $0.microseconds - now.microseconds) }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The time of an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov 6 08:49:37 1994`.
    static func date(_ text: String) -> Timestamp? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "-" }).map(String.init)
        guard text.utf8.count <= 40 else { return nil }
        if parts.count == 6, parts[5] == "GMT", parts[0].hasSuffix(",") {
            return time(day: parts[1], month: parts[2], year: parts[3], clock: parts[4])
        }
        if parts.count == 5 { return time(day: parts[2], month: parts[1], year: parts[4], clock: parts[3]) }
        return nil
    }

    private static func time(day: String, month: String, year: String, clock: String) -> Timestamp? {
        guard let month = months.firstIndex(of: month).map({ $0 + 1 }), let day = number(day, digits: 1...2),
            var year = number(year, digits: 2...4), clock.utf8.count == 8
        else { return nil }
        // Two digits: the nearest such year that is not more than 50 years ahead of this century's beginning.
        if year < 100 { year += year < 70 ? 2_000 : 1_900 }
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return Timestamp(parsing: "\(year)-\(padded(month))-\(padded(day))T\(clock)Z")
    }

    private static func number(_ text: String, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
#endif
