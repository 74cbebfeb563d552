/// The first line of a CSV file: the delimiter and the names of the columns.
///
///     try CSVHeader(bytes).names       // ["timestamp", "value"]
public struct CSVHeader: Equatable, Sendable {
    /// What separates fields: a comma, a semicolon or a tab, whichever makes more columns of the header.
    public let delimiter: UInt8
    /// The columns' names in order; an empty one is called by its number, `column3`.
    public let names: [String]

    /// Reads a header; a byte order mark and a trailing carriage return are left off.
    ///
    /// Throws `badHeader` where a quote does not close, a name stands twice, or there are more columns than `limits.fields`.
    public init(
        _ line: UnsafeBufferPointer<UInt8>, limits: ScanLimits = ScanLimits()
    ) throws(FieldExtractionError) {
        let view = unsafe ByteView(Self.withoutFrame(line))
        let delimiter = Self.delimiter(of: view)
        var names: [String] = []
        var seen: Set<[UInt8]> = []
        var fields = CSVFields(view, delimiter: delimiter)
        while let field = fields.next() {
            let slot = CSVScanner.textSlot(field, view)
            var name = JSONString.string(slot)
            if name.isEmpty { name = "column\(names.count + 1)" }
            guard seen.insert(Array(name.utf8)).inserted else {
                throw Self.error(names.count + 1, "the name \"\(name)\" stands twice; rename one of the two")
            }
            names.append(name)
            guard names.count <= limits.fields else {
                throw Self.error(names.count, "too many columns; raise the limit `fields`")
            }
        }
        guard fields.fault.isValid else { throw FieldExtractionError(.badHeader, "CSV header, \(fields.fault)") }
        self.delimiter = delimiter
        self.names = names
    }

    /// The line without a byte order mark before it and a line end behind it.
    static func withoutFrame(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        let view = unsafe ByteView(line)
        let start = view.word(at: 0) & 0xFF_FFFF == 0xBF_BBEF ? 3 : 0
        var end = view.count
        if end > start, view[end - 1] == 0x0A { end -= 1 }
        if end > start, view[end - 1] == 0x0D { end -= 1 }
        return unsafe view.bytes(start, end)
    }

    /// The delimiter that stands most often outside quotes; a comma if none does.
    static func delimiter(of view: ByteView) -> UInt8 {
        var counts = (comma: 0, semicolon: 0, tab: 0)
        var isQuoted = false
        for place in 0..<view.count {
            switch view[place] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: counts.comma += 1
            case UInt8(ascii: ";") where !isQuoted: counts.semicolon += 1
            case 0x09 where !isQuoted: counts.tab += 1
            default: break
            }
        }
        if counts.semicolon > counts.comma, counts.semicolon >= counts.tab { return UInt8(ascii: ";") }
        return counts.tab > counts.comma ? 0x09 : UInt8(ascii: ",")
    }

    private static func error(_ column: Int, _ message: String) -> FieldExtractionError {
        FieldExtractionError(.badHeader, "CSV header, column \(column): \(message)")
    }
}
