/// What a ``LogLineReader`` keeps from line to line.
struct LogLineState {
    private static let begin = Array(#"{"message":"#.utf8)
    private static let template = Array(#","template":"#.utf8)
    private static let parameters = Array(#","parameters":"#.utf8)
    /// Fields of prefixes, which give way to those of the JSON behind.
    private static let prefixFields: [LogFieldName] = [.container, .pod, .time, .stream]

    private let detail: LogLineReader.Detail
    private var recogniser = LogLineRecogniser()
    private var scanner: JSONScanner
    private var row: [FieldSlot]
    private var madeTree: TemplateTree?

    init(detail: LogLineReader.Detail, limits: ScanLimits) {
        self.detail = detail
        let paths = ["container", "pod", "time", "stream"].map { FieldPath($0) }
        scanner = JSONScanner(plan: FieldPlan(paths), limits: limits)
        row = [FieldSlot](repeating: .missing, count: paths.count)
    }

    /// Keeps the instant from which stamps without a year get one.
    mutating func setReference(_ time: Timestamp) {
        if recogniser.times.reference == nil { recogniser.times.reference = time.microseconds }
    }

    /// The templates, begun with the first line that has one.
    var tree: TemplateTree {
        mutating get {
            if madeTree == nil { madeTree = TemplateTree() }
            return madeTree!
        }
        _modify {
            if madeTree == nil { madeTree = TemplateTree() }
            yield &madeTree!
        }
    }

    /// The bytes of its tables.
    var byteCount: Int {
        (madeTree?.byteCount ?? 0) + recogniser.fields.capacity * MemoryLayout<LogField>.stride
    }

    /// Appends the event that a line is.
    mutating func append(_ view: ByteView, to output: inout [UInt8]) {
        guard detail != .message else {
            output.append(contentsOf: Self.begin)
            unsafe JSONString.append(unsafe view.bytes(0, view.count), to: &output)
            output.append(UInt8(ascii: "}"))
            return
        }
        recogniser.read(view)
        if recogniser.jsonStart >= 0, appendJSON(view, to: &output) { return }
        output.append(contentsOf: Self.begin)
        unsafe JSONString.append(unsafe view.bytes(0, view.count), to: &output)
        for field in recogniser.fields { append(field, view, to: &output) }
        if detail == .templates, hasContent(view) {
            let index = tree.match(view, recogniser.contentStart, recogniser.contentEnd)
            output.append(contentsOf: Self.template)
            JSONString.append(tree.name(index), to: &output)
            output.append(contentsOf: Self.parameters)
            tree.appendParameters(of: index, view, to: &output)
            if !recogniser.saysAll { tree.appendNumbers(of: index, view, to: &output) }
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The number of a line's template.
    mutating func template(_ view: ByteView, _ parameters: inout [UInt8]) -> UInt64 {
        recogniser.read(view)
        guard hasContent(view) else { return 0 }
        let index = tree.match(view, recogniser.contentStart, recogniser.contentEnd)
        tree.appendParameters(of: index, view, to: &parameters)
        return tree.serial(index)
    }

    private func hasContent(_ view: ByteView) -> Bool {
        var place = recogniser.contentStart
        while place < recogniser.contentEnd {
            if !LogByte.isSpace(view[place]) { return true }
            place += 1
        }
        return false
    }

    // MARK: JSON behind a prefix

    /// Appends the JSON object behind the prefix, with the prefix's fields that it does not have itself.
    private mutating func appendJSON(_ view: ByteView, to output: inout [UInt8]) -> Bool {
        let text = unsafe view.bytes(recogniser.jsonStart, view.count)
        let isValid = unsafe row.withUnsafeMutableBufferPointer { row in
            unsafe scanner.scan(text, into: row.baseAddress!).isValid
        }
        guard isValid else { return false }
        var end = view.count - 1
        while view[end] != UInt8(ascii: "}") { end -= 1 }
        unsafe output.append(contentsOf: unsafe view.bytes(recogniser.jsonStart, end))
        let isEmpty = JSONText.skipSpace(view, from: recogniser.jsonStart + 1) == end
        let start = output.count
        for field in recogniser.fields {
            guard let place = Self.prefixFields.firstIndex(of: field.name), row[place].kind == .missing else {
                continue
            }
            append(field, view, to: &output)
        }
        if isEmpty, output.count > start { output.remove(at: start) }
        output.append(UInt8(ascii: "}"))
        return true
    }

    // MARK: Fields

    private func append(_ field: LogField, _ view: ByteView, to output: inout [UInt8]) {
        if field.name == .own {
            output.append(UInt8(ascii: ","))
            unsafe JSONString.append(unsafe view.bytes(Int(field.nameStart), Int(field.nameEnd)), to: &output)
            output.append(UInt8(ascii: ":"))
        } else {
            let member = field.name.member
            unsafe output.append(
                contentsOf: unsafe UnsafeBufferPointer(start: member.utf8Start, count: member.utf8CodeUnitCount))
        }
        let text = unsafe view.bytes(Int(field.start), Int(field.end))
        switch field.form {
        case .time:
            output.append(UInt8(ascii: "\""))
            Timestamp(microseconds: field.value).append(to: &output)
            output.append(UInt8(ascii: "\""))
        case .severity: JSONString.append(SyslogPriority.severities[Int(field.value)], to: &output)
        case .facility: JSONString.append(SyslogPriority.facilities[Int(field.value)], to: &output)
        case .number where unsafe NumberText.isNumber(unsafe text): unsafe output.append(contentsOf: unsafe text)
        case .json where JSONText.stringEnd(view, from: Int(field.start)).offset == Int(field.end):
            output.append(UInt8(ascii: "\""))
            unsafe output.append(contentsOf: unsafe text)
            output.append(UInt8(ascii: "\""))
        case .text, .number, .json: unsafe JSONString.append(unsafe text, to: &output)
        }
    }
}
