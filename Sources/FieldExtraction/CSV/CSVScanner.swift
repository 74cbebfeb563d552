/// A scanner of CSV rows: checks a row against the header and fills the slots that a plan asks for.
///
///     var scanner = try CSVScanner(header: first, plan: plan)
///     let end = scanner.recordEnd(in: block, from: offset)       // a quoted field may span lines
///     let result = scanner.scan(record, into: row)
///     scanner.appendJSON(record, to: &output)                    // {"timestamp":"2014-11-30 12:00:00","value":17420}
///
/// RFC 4180. A column is numeric while all its values so far are JSON numbers: 17420.0 and 1e-05 are; 007, +5 and quoted
/// fields are not, and make it a column of strings for good. An empty unquoted field is missing and does not count. A path
/// names a column by its one key or by its dotted form; the body as a whole has no slot here. The columns' kinds are state:
/// scan every row once, in order. Costs about 1 ns per byte.
@safe public struct CSVScanner: Sendable {
    /// What the values of a column have been so far.
    public enum ColumnKind: UInt8, Sendable {
        /// No value yet.
        case undecided
        /// JSON numbers only.
        case number
        /// Something else at least once.
        case text
    }

    private struct Column {
        var kind = ColumnKind.undecided
        /// Whether the kind was given rather than found.
        var isFixed = false
        /// The first slot that takes the value, or -1; others are copied from it.
        var slot = -1
        /// The name as a JSON key with its colon, and a comma before it in all columns but the first.
        var key: [UInt8] = []
    }

    /// The delimiter and the columns' names.
    public let header: CSVHeader
    /// The bounds of a row.
    public let limits: ScanLimits
    /// What the scanner extracts. A new plan keeps what is known of the columns.
    public var plan: FieldPlan { didSet { bind() } }
    private var columns: [Column]
    private var copies: [(from: Int, to: Int)] = []

    /// Creates a scanner from the header's bytes. Throws `badHeader` as ``CSVHeader`` does.
    public init(
        header line: UnsafeBufferPointer<UInt8>, plan: FieldPlan, limits: ScanLimits = ScanLimits()
    ) throws(FieldExtractionError) {
        header = try unsafe CSVHeader(line, limits: limits)
        self.plan = plan
        self.limits = limits
        columns = header.names.map { name in
            var column = Column()
            JSONString.append(name, to: &column.key)
            column.key.append(UInt8(ascii: ":"))
            return column
        }
        bind()
    }

    /// What the values of a column have been so far.
    public func kind(ofColumn column: Int) -> ColumnKind { columns[column].kind }

    /// Declares what a column holds, as a schema does. A text column takes numbers as strings; in a numeric column other
    /// values are strings of their own, and change nothing.
    public mutating func fix(column: Int, as kind: ColumnKind) {
        columns[column].kind = kind
        columns[column].isFixed = kind != .undecided
    }

    private mutating func bind() {
        copies = []
        for column in columns.indices { columns[column].slot = -1 }
        var numbers: [[UInt8]: Int] = [:]
        for (number, name) in header.names.enumerated() { numbers[Array(name.utf8)] = number }
        for (slot, path) in plan.paths.enumerated() where path.root == .event && !path.keys.isEmpty {
            guard let column = numbers[Array(path.name.utf8)] else { continue }
            if columns[column].slot < 0 {
                columns[column].slot = slot
            } else {
                copies.append((columns[column].slot, slot))
            }
        }
    }

    /// The offset of the newline that ends the record at `start`, or nil if it is not in the block.
    ///
    /// Newlines inside quotes do not end it. A quote that is never closed would swallow the rest: search no more than
    /// ``ScanLimits/line`` bytes, then give up the first line and go on behind it.
    public func recordEnd(in block: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let newline = unsafe LineSplitter.newline(in: block, from: start) else { return nil }
        // Quotes are rare, and without one the newline decides.
        guard unsafe LineSplitter.contains(UInt8(ascii: "\""), in: block, from: start, to: newline) else {
            return newline
        }
        let view = unsafe ByteView(block)
        var place = start
        var isQuoted = false
        var isFieldStart = true
        var end = newline
        while true {
            while place < end {
                let byte = view[place]
                if isQuoted {
                    if byte == UInt8(ascii: "\"") {
                        if view[place + 1] == byte { place += 1 } else { isQuoted = false }
                    }
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = isFieldStart
                    isFieldStart = false
                } else {
                    isFieldStart = byte == header.delimiter
                }
                place += 1
            }
            guard isQuoted else { return end }
            place = max(place, end + 1)
            guard let next = unsafe LineSplitter.newline(in: block, from: place) else { return nil }
            end = next
        }
    }

    /// Checks one record and fills `row`, which has room for `plan.count` slots. A line end behind it does not count.
    ///
    /// Slots of columns that do not exist, and of `meta`, become `.missing`. A column that was numeric and is not with this
    /// row is counted in ``ScanResult/kindChanges``; after an invalid record nothing has changed.
    public mutating func scan(
        _ record: UnsafeBufferPointer<UInt8>, into row: UnsafeMutablePointer<FieldSlot>
    ) -> ScanResult {
        unsafe row.initialize(repeating: .missing, count: plan.count)
        if record.count > limits.line { return ScanResult(.tooLong, at: limits.line) }
        let view = unsafe ByteView(CSVHeader.withoutFrame(record))
        if view.count == 0 { return ScanResult(.empty) }
        var changed = 0
        var hasNews = false
        var number = 0
        var fields = CSVFields(view, delimiter: header.delimiter)
        while let field = fields.next() {
            guard number < columns.count else { return ScanResult(.tooManyColumns, at: field.start) }
            let kind = columns[number].kind
            let slot = value(field, view, kind)
            if slot.kind != .missing {
                let found: ColumnKind = slot.kind == .string ? .text : .number
                if found != kind {
                    hasNews = true
                    if kind == .number, !columns[number].isFixed { changed += 1 }
                }
                if columns[number].slot >= 0 { unsafe row[columns[number].slot] = slot }
            }
            number += 1
        }
        guard fields.fault.isValid else { return fields.fault }
        guard number == columns.count else { return ScanResult(.tooFewColumns, at: view.count) }
        for copy in copies { unsafe row[copy.to] = row[copy.from] }
        if hasNews { learn(view) }
        return ScanResult(.valid, kindChanges: changed)
    }

    /// Takes over the kinds of a valid record; apart from the first rows this happens once per column.
    private mutating func learn(_ view: ByteView) {
        var fields = CSVFields(view, delimiter: header.delimiter)
        var number = 0
        while let field = fields.next() {
            let slot = value(field, view, columns[number].kind)
            if !columns[number].isFixed, slot.kind != .missing {
                columns[number].kind = slot.kind == .string ? .text : .number
            }
            number += 1
        }
    }

    /// A field as a slot, given what its column held so far.
    @inline(__always)
    private func value(_ field: CSVFields.Field, _ view: ByteView, _ kind: ColumnKind) -> FieldSlot {
        if !field.isQuoted {
            if field.start == field.end { return .missing }
            if kind != .text {
                let number = ScannedNumber(view, at: field.start)
                if number.isValid, number.end == field.end { return number.slot(view, from: field.start) }
            }
        }
        return Self.textSlot(field, view)
    }

    @inline(__always)
    static func textSlot(_ field: CSVFields.Field, _ view: ByteView) -> FieldSlot {
        unsafe FieldSlot(
            kind: .string, start: view.base + field.start, length: field.end &- field.start,
            encoding: field.hasQuotes ? .csvQuoted : .plain)
    }

    /// Appends a valid record as a JSON object by header: numeric columns as numbers in their own digits, others as
    /// strings, missing fields left out. Call it after ``scan(_:into:)`` of the same record.
    public func appendJSON(_ record: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        let view = unsafe ByteView(CSVHeader.withoutFrame(record))
        var fields = CSVFields(view, delimiter: header.delimiter)
        var number = 0
        output.append(UInt8(ascii: "{"))
        let start = output.count
        while let field = fields.next(), number < columns.count {
            let slot = value(field, view, columns[number].kind)
            if slot.kind != .missing {
                if output.count > start { output.append(UInt8(ascii: ",")) }
                output.append(contentsOf: columns[number].key)
                JSONString.append(slot, to: &output)
            }
            number += 1
        }
        output.append(UInt8(ascii: "}"))
    }
}
