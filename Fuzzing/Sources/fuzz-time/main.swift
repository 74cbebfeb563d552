import FieldExtraction
import FuzzSupport
import Glibc

// A text with a time in it, as `Timestamp` and `TimestampParser` read it, held against libc's calendar.

/// The runs of digits in a text.
func numbers(_ text: some Sequence<UInt8>) -> [Int] {
    text.split { !(0x30...0x39).contains($0) }.map { Int(String(decoding: $0, as: UTF8.self)) ?? -1 }
}

/// The seconds since 1970 of a date and a time of day, by libc; nil for a date that does not exist.
func seconds(_ parts: [Int]) -> Int? {
    var time = tm()
    time.tm_year = Int32(parts[0] - 1900)
    time.tm_mon = Int32(parts[1] - 1)
    time.tm_mday = Int32(parts[2])
    time.tm_hour = Int32(parts.count > 3 ? parts[3] : 0)
    time.tm_min = Int32(parts.count > 4 ? parts[4] : 0)
    time.tm_sec = Int32(parts.count > 5 ? parts[5] : 0)
    let day = time.tm_mday
    let isLeapSecond = time.tm_sec == 60
    let seconds = timegm(&time)
    return isLeapSecond || time.tm_mday == day ? seconds : nil
}

/// Checks a text of the form `2015-05-17T10:05:03.25Z`, the zone left out or `Z`; others are checked by their round trip.
func checkAgainstCalendar(_ text: [UInt8], _ value: Timestamp) {
    guard text.count >= 10, text[4] == 0x2D || text[4] == 0x2F else { return }
    guard !text.dropFirst(10).contains(where: { $0 == 0x2B || $0 == 0x2D }) else { return }
    var parts = numbers(text)
    let hasSeconds = text.filter { $0 == 0x3A }.count == 2
    if !hasSeconds, parts.count > 5 { parts[5] = 0 }
    let fraction = (value.microseconds % 1_000_000 + 1_000_000) % 1_000_000
    claim(
        seconds(parts) == Int((value.microseconds - fraction) / 1_000_000),
        "libc says \(seconds(parts) as Any), read is \(value.microseconds)")
}

func check(_ value: Timestamp) {
    claim(value >= .earliest && value <= .latest, "\(value) lies outside the years 1 to 9999")
    let text = value.description
    claim(Timestamp(parsing: text) == value, "printed it is \(text), read again \(Timestamp(parsing: text) as Any)")
    checkAgainstCalendar(Array(text.utf8), value)
}

Fuzzer.run { bytes in
    if let value = Timestamp(parsing: bytes) {
        check(value)
        checkAgainstCalendar(Array(bytes), value)
        var parser = TimestampParser()
        claim(parser.parse(bytes) == value && parser.unit == nil, "the parser reads another instant")
        let padded = [0x20, 0x09] + Array(bytes) + [0x20]
        claim(padded.withUnsafeBufferPointer { parser.parse($0) } == value, "spaces around it change it")
    }
    for unit in [nil, .seconds, .milliseconds, .microseconds, .nanoseconds] as [TimestampParser.Unit?] {
        var parser = TimestampParser(unit: unit)
        guard let value = parser.parse(bytes) else { continue }
        check(value)
        claim(parser.parse(bytes) == value, "read a second time it is another instant")
        guard let slot = NumberText.parse(bytes) else { continue }
        claim(parser.parse(slot) == value, "the number itself is another instant")
    }
}
