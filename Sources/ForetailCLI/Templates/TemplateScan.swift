import FieldExtraction
import Foretail

/// One run of `foretail templates`: reads the source once, then says which templates it has.
struct TemplateScan {
    private let command: TemplatesCommand
    private let started = SystemClock.monotonic
    private let lineReader: LogLineReader
    private var source: DescriptorSource
    private var meter: Progress?
    private var scanner: JSONScanner
    private let row: FieldRow
    private var book = TemplateBook()
    private var parameters: [UInt8] = []
    private var text: [UInt8] = []
    private var lines = 0
    private var bad = 0
    private var withoutText = 0
    /// The serial of each line's template, by line; 0: it has none. Only kept for `--lines`.
    private var serials: [UInt32] = []

    /// The fields in which JSON lines have their text.
    private static let usualFields = ["message", "msg", "log", "text"]

    init(_ command: TemplatesCommand) throws {
        self.command = command
        var descriptor = StreamDescriptor(name: command.source)
        descriptor.input = command.input.streamInput
        descriptor.unwrap = command.unwrap?.paths.first
        descriptor.stopsAtBadEvents = command.strict
        descriptor.lineDetail = .message
        source = try DescriptorSource.open(command.source, descriptor: descriptor, limits: Limits().scan)
        lineReader = LogLineReader(limits: Limits().scan)
        let paths = command.field?.paths ?? Self.usualFields.map { FieldPath($0) }
        scanner = JSONScanner(plan: FieldPlan(paths), limits: Limits().scan)
        row = FieldRow(count: paths.count)
        if StandardError.isTerminal, !command.quiet {
            meter = Progress(size: source.progress.size, style: TerminalStyle(descriptor: 2), now: started)
        }
    }

    mutating func run() throws {
        let report = try report()
        var output = DescriptorDestination(descriptor: 1, name: "standard output")
        do throws(ForetailError) {
            if command.lines {
                try writeLines(report, to: &output)
            } else {
                let text =
                    command.format == .json
                    ? TemplateJSON.text(report)
                    : TemplateText(style: TerminalStyle(descriptor: 1)).text(report, top: command.top)
                try output.deliver(Array(text.utf8), to: DestinationID(0))
            }
        } catch {
            guard DescriptorDestination.isClosedPipe(error) else { throw error }
        }
    }

    /// Reads the source to its end.
    mutating func report() throws(ForetailError) -> TemplateReport {
        defer { if meter != nil { StandardError.write(meter!.clear()) } }
        var batch = EventBatch(stream: command.source)
        var state = SourceState.ready
        while state != .end {
            batch.removeAll()
            state = try source.read(into: &batch, waitingAtMost: nil)
            try take(batch)
            if meter != nil {
                StandardError.write(
                    meter!.draw(bytes: source.progress.bytesRead, events: lines, now: SystemClock.monotonic))
            }
        }
        if bad > TailObserver.reportLimit {
            StandardError.write("foretail: \(bad - TailObserver.reportLimit) more bad lines were skipped\n")
        }
        if lines == 0, withoutText > 0, !command.quiet {
            let names = command.field?.names ?? Self.usualFields.joined(separator: ", ")
            StandardError.write("foretail: no event has a text in \(names); name its field with --field\n")
        }
        return finish()
    }

    private var shownName: String {
        command.source == "-" ? "standard input" : String(command.source.split(separator: "/").last ?? "")
    }

    // MARK: Reading

    private mutating func take(_ batch: EventBatch) throws(ForetailError) {
        for problem in batch.problems { try refuse(problem.message) }
        var failure: ForetailError?
        batch.bytes.withUnsafeBufferPointer { bytes in
            for frame in batch.frames where failure == nil {
                let raw = UnsafeBufferPointer(rebasing: bytes[frame.raw])
                let body = UnsafeBufferPointer(rebasing: bytes[frame.body])
                let result = scanner.scan(body, into: row.slots)
                guard result.isValid || batch.acceptsText && !result.isLimit else {
                    do throws(ForetailError) {
                        try refuse("line \(frame.line): \(result)")
                    } catch {
                        failure = error
                    }
                    continue
                }
                // A plain line stands for itself; of anything else the text field does.
                text.removeAll(keepingCapacity: true)
                if result.isValid, frame.raw == frame.body || command.unwrap != nil || !isMessage(body) {
                    decodeText()
                } else {
                    text.append(contentsOf: raw)
                }
                note(line: frame.line)
            }
        }
        if let failure { throw failure }
    }

    /// Whether a body is what the framer makes of a plain line, not of a row with columns.
    private func isMessage(_ body: UnsafeBufferPointer<UInt8>) -> Bool {
        body.prefix(11).elementsEqual(#"{"message":"#.utf8) && command.input != .csv
    }

    /// Puts the event's text field into `text`.
    private mutating func decodeText() {
        for place in 0..<row.count where row[place].kind == .string {
            JSONString.decode(row[place], into: &text)
            return
        }
    }

    private mutating func note(line: Int) {
        parameters.removeAll(keepingCapacity: true)
        let serial = text.withUnsafeBufferPointer { lineReader.template(of: $0, parameters: &parameters) }
        if command.lines {
            while serials.count < line - 1 { serials.append(0) }
            serials.append(UInt32(truncatingIfNeeded: serial))
        }
        guard serial > 0 else {
            withoutText += 1
            return
        }
        lines += 1
        for change in lineReader.withTree({ $0.takeAbsorptions() }) { book.absorb(change.from, into: change.to) }
        let isNew = book.entries[serial] == nil
        let name = isNew ? lineReader.withTree { $0.newestName } : []
        text.withUnsafeBufferPointer {
            book.note(serial: serial, name: name, line: line, bytes: $0, parameters: parameters)
        }
    }

    private mutating func refuse(_ message: String) throws(ForetailError) {
        if command.strict { throw ForetailError(.source, "\(shownName), \(message)") }
        bad += 1
        guard bad <= TailObserver.reportLimit else { return }
        if meter != nil { StandardError.write(meter!.clear()) }
        StandardError.write("foretail: \(shownName), \(message); the line is skipped\n")
    }

    // MARK: Reporting

    private mutating func finish() -> TemplateReport {
        lineReader.withTree { tree in
            for index in tree.indices { book.setText(tree.text(index), of: tree.serial(index)) }
        }
        let ordered = book.entries.values.sorted { $0.firstLine < $1.firstLine }
        var report = TemplateReport(source: shownName, lines: lines, bad: bad, others: book.others)
        for (place, entry) in ordered.enumerated() {
            numbers[entry.serial] = place + 1
            report.entries.append(
                TemplateReport.Entry(
                    number: place + 1, name: entry.name, text: entry.text.isEmpty ? entry.name : entry.text,
                    count: entry.count, first: entry.first, last: entry.last, parameters: entry.parameters))
        }
        report.entries.sort { ($1.count, $0.number) < ($0.count, $1.number) }
        return report
    }

    /// The number of each template.
    private var numbers: [UInt64: Int] = [:]

    private func writeLines(
        _ report: TemplateReport, to output: inout DescriptorDestination
    ) throws(ForetailError) {
        var names: [Int: [UInt8]] = [:]
        for entry in report.entries { names[entry.number] = entry.name }
        var block: [UInt8] = []
        for serial in serials {
            let number = serial == 0 ? 0 : numbers[book.root(UInt64(serial))] ?? 0
            NumberText.appendInteger(Int64(number), to: &block)
            block.append(0x09)
            for byte in names[number] ?? [] { block.append(byte < 0x20 ? 0x20 : byte) }
            block.append(0x0A)
            if block.count > 1 << 16 {
                try output.deliver(block, to: DestinationID(0))
                block.removeAll(keepingCapacity: true)
            }
        }
        try output.deliver(block, to: DestinationID(0))
    }
}
