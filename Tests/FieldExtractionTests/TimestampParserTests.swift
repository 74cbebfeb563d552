import FieldExtraction
import Testing

@Suite struct TimestampParserTests {
    private func parse(_ text: String, with parser: inout TimestampParser) -> String? {
        let guarded = GuardedBytes(Array(text.utf8))
        defer { withExtendedLifetime(guarded) {} }
        return parser.parse(guarded.bytes)?.description
    }

    @Test(
        "the first number fixes the unit",
        arguments: [
            ("0", .seconds, "1970-01-01T00:00:00Z"), ("1482165137.514", .seconds, "2016-12-19T16:32:17.514Z"),
            ("1482165137", .seconds, "2016-12-19T16:32:17Z"),
            ("1482165137514", .milliseconds, "2016-12-19T16:32:17.514Z"),
            ("1482165137514.25", .milliseconds, "2016-12-19T16:32:17.514250Z"),
            ("1482165137514123", .microseconds, "2016-12-19T16:32:17.514123Z"),
            ("1482165137514123999", .nanoseconds, "2016-12-19T16:32:17.514123Z"),
            ("-1", .seconds, "1969-12-31T23:59:59Z"), (" 7 ", .seconds, "1970-01-01T00:00:07Z"),
            ("-1482165137514123999", .nanoseconds, "1923-01-13T07:27:42.485876Z"),
        ] as [(String, TimestampParser.Unit, String)])
    func unit(text: String, unit: TimestampParser.Unit, expected: String) {
        var parser = TimestampParser()
        #expect(parse(text, with: &parser) == expected)
        #expect(parser.unit == unit)
    }

    @Test("the unit stays as it was fixed")
    func fixed() {
        var parser = TimestampParser()
        #expect(parser.parse(.integer(1_482_165_137_514))?.description == "2016-12-19T16:32:17.514Z")
        #expect(parser.parse(.integer(1000))?.description == "1970-01-01T00:00:01Z")
        #expect(parser.parse(.double(1500.5))?.description == "1970-01-01T00:00:01.500500Z")
        var seconds = TimestampParser()
        #expect(seconds.parse(.integer(0)) != nil)
        #expect(seconds.parse(.integer(1_482_165_137_514)) == nil)
        #expect(parse("2015-05-17", with: &seconds) == "2015-05-17T00:00:00Z")
    }

    @Test("numbers out of range are no times, and nothing traps")
    func range() {
        for unit in [TimestampParser.Unit.seconds, .milliseconds, .microseconds, .nanoseconds] {
            for value in [Int64.min, .min + 1, .max] {
                var parser = TimestampParser(unit: unit)
                let isNear = unit == .nanoseconds
                #expect((parser.parse(.integer(value)) != nil) == isNear)
            }
            for value in [Double.infinity, -.infinity, .nan, 1e300, -1e300] {
                var parser = TimestampParser(unit: unit)
                #expect(parser.parse(.double(value)) == nil)
            }
        }
    }

    @Test("slots of other kinds are no times")
    func kinds() {
        var parser = TimestampParser()
        #expect(parser.parse(.missing) == nil)
        #expect(parser.parse(.boolean(true)) == nil)
        #expect(parser.unit == nil)
        #expect(parser.parse(Timestamp(microseconds: 5).slot) == Timestamp(microseconds: 5))
        Array(#"2015\/05\/17"#.utf8).withUnsafeBufferPointer {
            let slot = FieldSlot(kind: .string, start: $0.baseAddress, length: $0.count, encoding: .jsonEscaped)
            #expect(parser.parse(slot)?.description == "2015-05-17T00:00:00Z")
        }
        #expect(parse("no time", with: &parser) == nil)
    }
}
