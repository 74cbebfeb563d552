import FieldExtraction
import Testing

@Suite struct JSONScannerTests {
    @Test("planned fields are found at any nesting, others are stepped over")
    func fields() {
        let event = ScanHarness(
            #"{"level":"error","x":{"level":"no"},"user":{"id":7,"tags":["a",{"id":9}]},"ok":true,"none":null,"t":-1.5e3}"#,
            "level", "user.id", "user.tags", "ok", "none", "t", "absent", "user.absent", "level.deeper")
        #expect(event.result == .valid)
        #expect(event["level"] == .string("error"))
        #expect(event["user.id"] == .integer(7))
        #expect(event["user.tags"] == .array([.string("a"), .object([.init(key: "id", value: .integer(9))])]))
        #expect(event["ok"] == .bool(true))
        #expect(event["none"] == .null)
        #expect(event["t"] == .double(-1500))
        #expect(event["absent"] == nil)
        #expect(event["user.absent"] == nil)
        #expect(event["level.deeper"] == nil)
    }

    @Test("a path and what lies below it are filled together")
    func nested() {
        let event = ScanHarness(#"{ "a" : { "b" : { "c" : 1 } } }"#, "a", "a.b", "a.b.c")
        #expect(event["a.b.c"] == .integer(1))
        #expect(event["a.b"] == .object([.init(key: "c", value: .integer(1))]))
        #expect(event["a"]?["b"]?["c"] == .integer(1))
    }

    @Test(
        "of equal keys the last wins, with all that lies below",
        arguments: [
            (#"{"a":1,"a":2}"#, nil, nil),
            (#"{"a":{"b":1},"a":{"b":2}}"#, 2, nil),
            (#"{"a":{"b":1},"a":{}}"#, nil, nil),
            (#"{"a":{"b":1},"a":5}"#, nil, nil),
            (#"{"a":{"b":1,"c":{"d":3}},"a":{"b":7}}"#, 7, nil),
            (#"{"a":{"c":{"d":3}},"a":{"c":{"d":4}}}"#, nil, 4),
            (#"{"a":{"b":1},"\u0061":{}}"#, nil, nil),
            (#"{"a":{"c":{"d":3},"b":1,"c":[]}}"#, 1, nil),
        ] as [(String, Int64?, Int64?)])
    func duplicates(text: String, b: Int64?, d: Int64?) {
        let event = ScanHarness(text, "a.b", "a.c.d", "a")
        #expect(event.result == .valid)
        #expect(event["a.b"] == b.map { .integer($0) })
        #expect(event["a.c.d"] == d.map { .integer($0) })
    }

    @Test("keys are compared decoded and in full")
    func keys() {
        let long = "a key that is longer than sixteen bytes"
        let event = ScanHarness(
            Array(#"{"\u006cevel":1,"\#(long)":3,"a key that is LONGER than sixteen bytes":2,"eight888":4,"":5}"#.utf8),
            [FieldPath("level"), FieldPath([long]), FieldPath("eight888"), FieldPath([""])])
        #expect(event["level"] == .integer(1))
        #expect(event[long] == .integer(3))
        #expect(event["eight888"] == .integer(4))
        #expect(event[""] == .integer(5))
    }

    @Test("many fields of one object each find their slot")
    func manyKeys() {
        let paths = (0..<200).map { FieldPath("key_number_\($0)") }
        let text = "{" + (0..<200).reversed().map { "\"key_number_\($0)\":\($0)" }.joined(separator: ",") + "}"
        let event = ScanHarness(Array(text.utf8), paths)
        for number in 0..<200 { #expect(event["key_number_\(number)"] == .integer(Int64(number))) }
    }

    @Test(
        "the body as a whole is a field, whatever it is",
        arguments: [" [1, 2] ", "7", "\"x\"", "null", "{}", #"{"a":1}"#])
    func body(text: String) throws {
        let event = ScanHarness(Array(text.utf8), [FieldPath([]), FieldPath("b")])
        #expect(event.result == .valid)
        #expect(event[""] == (try JSONValue(parsing: Array(text.utf8))))
        #expect(event["b"] == nil)
    }

    @Test("slots of metadata stay missing")
    func metadata() {
        let event = ScanHarness(Array(#"{"key":1}"#.utf8), [FieldPath(root: .meta, ["key"])])
        #expect(event.result == .valid)
        #expect(event["key"] == nil)
    }

    @Test(
        "what is wrong is told with its place",
        arguments: [
            ("", .empty, 0), ("  \t", .empty, 0), ("{", .endsEarly, 1), (#"{"a"#, .endsEarly, 3),
            (#"{"a":1"#, .endsEarly, 6), (#"{"a":1,}"#, .noKey, 7), (#"{a:1}"#, .noKey, 1), (#"{"a" 1}"#, .noColon, 5),
            (#"{"a":1 "b":2}"#, .noCommaInObject, 7), ("[1 2]", .noCommaInArray, 3), ("[1,]", .noValue, 3),
            ("{} {}", .trailingBytes, 3), ("truth", .badLiteral, 0), ("[nul]", .badLiteral, 1), ("NaN", .badLiteral, 0),
            ("007", .badNumber, 0), ("[+5]", .badNumber, 1), ("[.5]", .badNumber, 1), ("[1.]", .badNumber, 1),
            ("[1e]", .badNumber, 1), ("[-]", .badNumber, 1), ("-", .endsEarly, 1), (#"["\x"]"#, .badEscape, 2),
            (#"["\u12g4"]"#, .badEscape, 2), ("[\"a\u{1}\"]", .controlCharacter, 3),
            ("[\"a\0b\"]", .controlCharacter, 3),
            ("[1]\0", .trailingBytes, 3), ("{\"a\":\0}", .noValue, 5), ("[1}", .noCommaInArray, 2),
        ] as [(String, ScanResult.Code, Int)])
    func faults(text: String, code: ScanResult.Code, offset: Int) {
        let result = ScanHarness(text).result
        #expect(result == ScanResult(code, at: offset))
        #expect(result.description.hasPrefix("column \(offset + 1): "))
    }

    @Test(
        "text that is not UTF-8 is refused",
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xEF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func badUTF8(bytes: [UInt8]) {
        let event = [0x5B, 0x22] + bytes + [0x22, 0x5D]
        #expect(JSONScanner.validate(event) == ScanResult(.badUTF8, at: 2))
    }

    @Test("every Unicode scalar is let through", .timeLimit(.minutes(1)))
    func everyScalar() {
        var text: [UInt8] = [0x22]
        for value in (0x20 as UInt32)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            text += Array(UTF8.encode(scalar)!)
        }
        text.append(0x22)
        #expect(JSONScanner.validate(text, limits: ScanLimits(line: 1 << 23)) == .valid)
    }

    @Test("limits hold exactly")
    func limits() {
        let limits = ScanLimits(depth: 3, fields: 2, line: 20)
        #expect(JSONScanner.validate(Array("[[[1]]]".utf8), limits: limits) == .valid)
        #expect(JSONScanner.validate(Array("[[[[1]]]]".utf8), limits: limits) == ScanResult(.tooDeep, at: 3))
        #expect(JSONScanner.validate(Array(#"{"a":{"b":1}}"#.utf8), limits: limits) == .valid)
        #expect(
            JSONScanner.validate(Array(#"{"a":{"b":1},"c":2}"#.utf8), limits: limits)
                == ScanResult(.tooManyFields, at: 13))
        #expect(JSONScanner.validate(Array(repeating: 0x20, count: 21), limits: limits) == ScanResult(.tooLong, at: 20))
        let deep = [UInt8](repeating: 0x5B, count: 100_000)
        #expect(JSONScanner.validate(deep) == ScanResult(.tooDeep, at: 64))
        #expect(
            JSONScanner.validate(deep + Array(repeating: 0x5D, count: 100_000), limits: ScanLimits(depth: 100_000))
                == .valid)
    }

    @Test("copies of a scanner work side by side")
    func copies() {
        var first = JSONScanner(plan: FieldPlan([FieldPath("a")]))
        var second = first
        let bytes = GuardedBytes(Array(#"{"a":{"b":[1]}}"#.utf8))
        defer { withExtendedLifetime(bytes) {} }
        var (left, right) = (FieldSlot.missing, FieldSlot.missing)
        #expect(first.scan(bytes.bytes, into: &left).isValid)
        #expect(second.scan(bytes.bytes, into: &right).isValid)
        #expect(left.kind == .object)
        #expect(JSONValue(left) == JSONValue(right))
    }
}
