import FieldExtraction
import FuzzSupport

// A table: its first line is the header, all others are rows. Rows are held against a plain reader of records, their JSON
// against the scanner of JSON, and the format told from the first two lines against what they are.

let plan = FieldPlan([
    FieldPath("a"), FieldPath("b"), FieldPath(["a"]), FieldPath("b.c"), FieldPath("time"), FieldPath("é"),
    FieldPath("e\u{301}"),
])

func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func checkRow(_ record: UnsafeBufferPointer<UInt8>, _ scanner: inout CSVScanner) {
    let row = UnsafeMutableBufferPointer<FieldSlot>.allocate(capacity: plan.count)
    defer { row.deallocate() }
    row.initialize(repeating: .integer(4711))
    let result = scanner.scan(record, into: row.baseAddress!)
    let inner = ReferenceRecord.withoutFrame(Array(record))
    let expected = ReferenceRecord.fields(inner, delimiter: scanner.header.delimiter)
    let names = scanner.header.names
    let isExpected = !inner.isEmpty && expected?.count == names.count
    claim(result.isValid == isExpected, "the scanner says '\(result)', the plain reader \(expected as Any)")
    guard let expected, result.isValid else { return }
    for (number, path) in plan.paths.enumerated() {
        guard let column = names.firstIndex(where: { $0.utf8.elementsEqual(path.name.utf8) }) else {
            claim(row[number].kind == .missing, "\(path) is no column and has a value")
            continue
        }
        let field = expected[column]
        if field.text.isEmpty, !field.isQuoted {
            claim(row[number].kind == .missing, "an empty field has a value")
        } else if row[number].kind == .string {
            var text: [UInt8] = []
            JSONString.decode(row[number], into: &text)
            claim(text == field.text, "\(path) is \(string(text)), in the record \(string(field.text))")
        } else {
            let number = JSONValue(row[number])
            claim(!field.isQuoted && number == (try? JSONValue(parsing: field.text)), "\(path) is \(number as Any)")
        }
    }
    var json: [UInt8] = []
    scanner.appendJSON(record, to: &json)
    guard case .object(let members)? = try? JSONValue(parsing: json) else {
        claim(false, "no JSON: \(string(json))")
        return
    }
    let given = zip(names, expected).filter { !$0.1.text.isEmpty || $0.1.isQuoted }
    claim(members.map(\.key) == given.map(\.0), "other members: \(string(json))")
    for (member, field) in zip(members, given) {
        // What is not UTF-8 is replaced, and then only has to be JSON.
        guard case .string(let text) = member.value, let expected = String(validating: field.1.text, as: UTF8.self)
        else { continue }
        claim(text == expected, "\(member.key) is \(text), in the record \(expected)")
    }
}

func checkFormat(_ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>?) {
    switch LineFormat.detect(first: first, second: second) {
    case .ndjson:
        let value = try? JSONValue(parsing: ReferenceRecord.withoutFrame(Array(first)))
        guard case .object? = value else {
            claim(false, "NDJSON whose first line is \(value as Any)")
            return
        }
    case .csv:
        let header = try? CSVHeader(first)
        claim(header.map { $0.names.count > 1 } ?? false, "a table whose header is \(header as Any)")
    case .text: break
    }
}

Fuzzer.run { bytes in
    let lines = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    let first = UnsafeBufferPointer(rebasing: lines[0])
    checkFormat(first, lines.count > 1 ? UnsafeBufferPointer(rebasing: lines[1]) : nil)
    guard var scanner = try? CSVScanner(header: first, plan: plan) else { return }
    let names = scanner.header.names.map { Array($0.utf8) }
    claim(Set(names).count == names.count, "a column's name stands twice")
    var start = first.count + 1
    while start < bytes.count {
        let end = scanner.recordEnd(in: bytes, from: start) ?? bytes.count
        claim(end >= start && end <= bytes.count, "a record from \(start) to \(end)")
        claim(end == bytes.count || bytes[end] == 0x0A, "a record ends inside a line")
        checkRow(UnsafeBufferPointer(rebasing: bytes[start..<end]), &scanner)
        start = end + 1
    }
}
