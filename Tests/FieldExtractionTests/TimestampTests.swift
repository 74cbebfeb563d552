import FieldExtraction
import Testing

@Suite struct TimestampTests {
    @Test(
        "times are read as logs write them",
        arguments: [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"), ("2026-01-01t00:05:00z", "2026-01-01T00:05:00Z"),
            ("2026-01-01 00:05:00+02:00", "2025-12-31T22:05:00Z"), ("2026-01-01T00:05:00-0530", "2026-01-01T05:35:00Z"),
            ("2026-01-01T00:05:00+02", "2025-12-31T22:05:00Z"), ("2026-01-01T00:05:00 Z", "2026-01-01T00:05:00Z"),
            ("2015-05-17 10:05:03", "2015-05-17T10:05:03Z"), ("2015-05-17 10:05", "2015-05-17T10:05:00Z"),
            ("2015-05-17", "2015-05-17T00:00:00Z"), ("2015/05/17", "2015-05-17T00:00:00Z"),
            ("2015/05/17 10:05:03.5", "2015-05-17T10:05:03.500Z"),
            ("2023-11-16 18:48:26.5638390", "2023-11-16T18:48:26.563839Z"),
            ("2015-05-17T10:05:03,25Z", "2015-05-17T10:05:03.250Z"),
            ("2015-05-17T10:05:03.1234567899999Z", "2015-05-17T10:05:03.123456Z"),
            ("17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03Z"),
            ("01/jan/2000:00:00:00 -0100", "2000-01-01T01:00:00Z"),
            ("31/Dec/1999:23:59:59 +0000", "1999-12-31T23:59:59Z"), ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2000-02-29", "2000-02-29T00:00:00Z"), ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"), ("1900-03-01", "1900-03-01T00:00:00Z"),
        ])
    func reading(text: String, expected: String) {
        #expect(Timestamp(parsing: text)?.description == expected)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2015", "2015-05-17T", "2015-05-17T10", "2015-13-01", "2015-00-01", "2015-04-31", "2015-02-29",
            "1900-02-29",
            "2015-05-00", "2015-05-17T24:00:00Z", "2015-05-17T10:60:00Z", "2015-05-17T10:05:61Z",
            "2015-05-17T10:05:03.Z",
            "2015-05-17T10:05:03+24:00", "2015-05-17T10:05:03+02:60", "2015-05-17T10:05:03+2", "2015-05-17T10:05:03ZZ",
            "2015-05-17T10:05:03Z ", " 2015-05-17T10:05:03Z", "2015-05/17", "2015-5-17 10:05", "2015-05-17X10:05:03Z",
            "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01",
            "17/Mai/2015:10:05:03 +0000", "32/May/2015:10:05:03 +0000", "17/May/2015 10:05:03", "abcdefghij",
            "2015-05-17T10:05:03 ",
            "-015-05-17", "2015-05-17T1a:05:03Z", "２０１５-05-17",
        ])
    func refused(text: String) {
        #expect(Timestamp(parsing: text) == nil)
    }

    @Test("every day of eight centuries prints as what it was read from")
    func calendar() {
        var days = Timestamp(parsing: "1599-12-31")!.microseconds / 86_400_000_000
        for year in 1600..<2400 {
            for month in 1...12 {
                let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
                let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
                for day in [1, length] {
                    let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                    guard let value = Timestamp(parsing: text) else {
                        Issue.record("\(text) is not read")
                        return
                    }
                    if value.microseconds != (days + Int64(day)) * 86_400_000_000 {
                        Issue.record("\(text) is \(value)")
                    }
                    if value.description != text + "T00:00:00Z" { Issue.record("\(text) prints as \(value)") }
                }
                days += Int64(length)
            }
        }
    }

    @Test(
        "any instant prints without trapping",
        arguments: [
            (Int64.min, "-290308-12-21T19:59:05.224192Z"), (.max, "294247-01-10T04:00:54.775807Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (1000, "1970-01-01T00:00:00.001Z"), (1, "1970-01-01T00:00:00.000001Z"),
            (250_000, "1970-01-01T00:00:00.250Z"),
        ])
    func printing(microseconds: Int64, expected: String) {
        #expect(Timestamp(microseconds: microseconds).description == expected)
    }

    @Test("instants at random read back as themselves")
    func roundTrip() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<5000 {
            let value = Timestamp(
                microseconds: .random(
                    in: Timestamp.earliest.microseconds...Timestamp.latest.microseconds, using: &generator))
            #expect(Timestamp(parsing: value.description) == value)
        }
    }
}
