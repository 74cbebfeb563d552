import FieldExtraction
import Testing

@Suite struct CSVScannerTests {
    /// A scanner with its row, fed with one text per record.
    private struct Table {
        var scanner: CSVScanner
        var row: [FieldSlot]

        init(_ header: String, _ paths: String..., limits: ScanLimits = ScanLimits()) throws {
            let guarded = GuardedBytes(Array(header.utf8))
            defer { withExtendedLifetime(guarded) {} }
            scanner = try CSVScanner(
                header: guarded.bytes, plan: FieldPlan(paths.map { FieldPath($0) }), limits: limits)
            row = Array(repeating: .integer(4711), count: max(1, paths.count))
        }

        mutating func scan(_ record: String) -> (result: ScanResult, values: [JSONValue?], json: String) {
            let guarded = GuardedBytes(Array(record.utf8))
            defer { withExtendedLifetime(guarded) {} }
            let result = row.withUnsafeMutableBufferPointer { scanner.scan(guarded.bytes, into: $0.baseAddress!) }
            var json: [UInt8] = []
            if result.isValid { scanner.appendJSON(guarded.bytes, to: &json) }
            let values = result.isValid ? row.map { JSONValue($0) } : []
            return (result, values, String(decoding: json, as: UTF8.self))
        }
    }

    @Test("a row fills its slots by name and prints as an object by header")
    func row() throws {
        var table = try Table("timestamp,value,host", "value", "timestamp", "absent")
        let found = table.scan("2014-11-30 12:00:00,17420,a b\r\n")
        #expect(found.result == .valid)
        #expect(found.values == [.integer(17420), .string("2014-11-30 12:00:00"), nil])
        #expect(found.json == #"{"timestamp":"2014-11-30 12:00:00","value":17420,"host":"a b"}"#)
    }

    @Test("names that only look alike are two columns")
    func equivalentNames() throws {
        var table = try Table("\u{E9},e\u{301}", "\u{E9}", "e\u{301}")
        #expect(table.scan("1,2").values == [.integer(1), .integer(2)])
    }

    @Test("numbers keep their digits")
    func digits() throws {
        var table = try Table("a,b", "a", "b")
        let found = table.scan("17420.0,1e-05")
        #expect(found.values == [.double(17420), .double(1e-05)])
        #expect(found.json == #"{"a":17420.0,"b":1e-05}"#)
    }

    @Test(
        "a column is numeric until it is not, for good, and the change is told",
        arguments: ["007", "+5", "\"5\"", "x", " 5"])
    func kinds(value: String) throws {
        var table = try Table("a,b", "a", "b")
        #expect(table.scan("1,x").result == .valid)
        #expect(table.scan(",y").values == [nil, .string("y")])
        #expect(table.scan("2.5,7").values == [.double(2.5), .string("7")])
        let change = table.scan(value + ",z")
        #expect(change.result == ScanResult(.valid, kindChanges: 1))
        let plain = value.filter { $0 != "\"" }
        #expect(change.json == #"{"a":"\#(plain)","b":"z"}"#)
        let after = table.scan("3,z")
        #expect(after.result == .valid)
        #expect(after.values == [.string("3"), .string("z")])
        #expect(table.scanner.kind(ofColumn: 0) == .text)
    }

    @Test("an invalid row changes no kind")
    func invalidRow() throws {
        var table = try Table("a,b", "a")
        #expect(table.scan("1,2").result.isValid)
        #expect(table.scan("x").result.code == .tooFewColumns)
        #expect(table.scanner.kind(ofColumn: 0) == .number)
    }

    @Test("an empty field is missing, an empty quoted one an empty string")
    func empty() throws {
        var table = try Table("a,b,c", "a", "b", "c")
        let found = table.scan(",\"\",")
        #expect(found.values == [nil, .string(""), nil])
        #expect(found.json == #"{"b":""}"#)
    }

    @Test("quoted fields may hold delimiters, quotes and newlines")
    func quotes() throws {
        var table = try Table("a,b", "a", "b")
        let found = table.scan("\"x,\"\"y\"\"\nz\",\"\"\"\"")
        #expect(found.values == [.string("x,\"y\"\nz"), .string("\"")])
        #expect(found.json == #"{"a":"x,\"y\"\nz","b":"\""}"#)
    }

    @Test("a dotted name is one key and a path alike")
    func dotted() throws {
        let header = GuardedBytes(Array("user.id,b".utf8))
        defer { withExtendedLifetime(header) {} }
        let plan = FieldPlan([FieldPath("user.id"), FieldPath(["user.id"]), FieldPath("user"), FieldPath([])])
        var scanner = try CSVScanner(header: header.bytes, plan: plan)
        var row = [FieldSlot](repeating: .integer(1), count: 4)
        let record = GuardedBytes(Array("7,8".utf8))
        defer { withExtendedLifetime(record) {} }
        let result = row.withUnsafeMutableBufferPointer { scanner.scan(record.bytes, into: $0.baseAddress!) }
        #expect(result.isValid)
        #expect(row.map { JSONValue($0) } == [.integer(7), .integer(7), nil, nil])
        scanner.plan = FieldPlan([FieldPath("b")])
        #expect(scanner.kind(ofColumn: 1) == .number)
        _ = row.withUnsafeMutableBufferPointer { scanner.scan(record.bytes, into: $0.baseAddress!) }
        #expect(JSONValue(row[0]) == .integer(8))
    }

    @Test("a schema overrides what values look like")
    func schema() throws {
        var table = try Table("id,n", "id", "n")
        table.scanner.fix(column: 0, as: .text)
        table.scanner.fix(column: 1, as: .number)
        #expect(table.scan("17,x").values == [.string("17"), .string("x")])
        #expect(table.scan("18,5").values == [.string("18"), .integer(5)])
    }

    @Test(
        "what is wrong with a row is told with its place",
        arguments: [
            ("1", .tooFewColumns, 1), ("1,2,3", .tooManyColumns, 4), ("1,2,", .tooManyColumns, 4),
            ("a\"b,2", .strayQuote, 1),
            ("\"a\"b,2", .strayQuote, 3), ("1,\"abc", .unterminatedQuote, 2), ("1,\0", .zeroByte, 2),
            ("1,\"\0\"", .zeroByte, 3),
            ("", .empty, 0), ("\r\n", .empty, 0), ("123456789012345678901", .tooLong, 20),
        ] as [(String, ScanResult.Code, Int)])
    func faults(record: String, code: ScanResult.Code, offset: Int) throws {
        var table = try Table("a,b", "a", limits: ScanLimits(line: 20))
        #expect(table.scan(record).result == ScanResult(code, at: offset))
    }

    @Test(
        "a record ends at the newline outside quotes",
        arguments: [
            ("1,2\n3,4\n", 3), ("1,2", nil), ("\"a\nb\",2\nx", 7), ("\"a\"\"\nb\",2\nx", 9), ("\"a\nb", nil),
            ("x,\"a\n\n\n\"\n", 8), ("it's 5\" wide,2\nx", 14), ("\n", 0), ("\"\"\n", 2), ("", nil),
        ] as [(String, Int?)])
    func recordEnd(block: String, end: Int?) throws {
        let table = try Table("a,b")
        let guarded = GuardedBytes(Array(block.utf8))
        defer { withExtendedLifetime(guarded) {} }
        #expect(table.scanner.recordEnd(in: guarded.bytes, from: 0) == end)
    }

    @Test(
        "the delimiter is told from the header",
        arguments: [
            ("a,b", ","), ("a;b", ";"), ("a\tb", "\t"), ("\"a,b\";c", ";"), ("alone", ","), ("\u{FEFF}a;b\r", ";"),
        ])
    func delimiters(header: String, delimiter: String) throws {
        let table = try Table(header)
        #expect(table.scanner.header.delimiter == delimiter.utf8.first)
        #expect(table.scanner.header.names.last?.utf8.contains(0x0D) == false)
        #expect(table.scanner.header.names.first?.unicodeScalars.first != "\u{FEFF}")
    }

    @Test("a header without all names gets numbers, one with a name twice is refused")
    func header() throws {
        #expect(try Table(",a,").scanner.header.names == ["column1", "a", "column3"])
        let twice = #expect(throws: FieldExtractionError.self) { try Table("id,x,id") }
        #expect(twice?.description == "CSV header, column 3: the name \"id\" stands twice; rename one of the two")
        #expect(twice?.code == .badHeader)
        #expect(throws: FieldExtractionError.self) { try Table("a,\"b") }
        #expect(throws: FieldExtractionError.self) { try Table("a,b,c", limits: ScanLimits(fields: 2)) }
    }
}
