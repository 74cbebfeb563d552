import FieldExtraction
import Forecasting
import Foretail

/// One run of `foretail patterns`: reads the source once, then looks at the busiest series.
struct PatternScan {
    private let command: PatternsCommand
    private let started = SystemClock.monotonic
    private var source: DescriptorSource
    private var meter: Progress?
    private let lineReader = LogLineReader(limits: Limits().scan)
    private var plan = FieldPlan()
    private var scanner: JSONScanner
    private var row = FieldRow(count: 0)
    private var keySlots: [Int] = []
    private var timePath: FieldPath?
    private var timeSlot: Int?
    private var timeParser = TimestampParser()
    private var fields: [FieldPath]
    private var fieldSlots: [Int] = []
    private var collector: SeriesCollector
    private var key: [UInt8] = []
    private var message: [UInt8] = []
    private var events = 0
    private var bad = 0
    private var withoutKey = 0
    private var withoutTime = 0

    /// The events in which fields are looked for.
    private static let discoveryEvents = 64

    init(_ command: PatternsCommand) throws {
        self.command = command
        var descriptor = StreamDescriptor(name: command.source)
        descriptor.input = command.input.streamInput
        descriptor.unwrap = command.unwrap?.paths.first
        descriptor.stopsAtBadEvents = command.strict
        descriptor.lineReader = lineReader
        source = try DescriptorSource.open(command.source, descriptor: descriptor, limits: Limits().scan)
        fields = command.field?.paths ?? []
        timePath = command.time?.paths.first
        scanner = JSONScanner(plan: plan, limits: Limits().scan)
        collector = SeriesCollector(capacity: 2 * command.keys)
        replan()
        if StandardError.isTerminal, !command.quiet {
            meter = Progress(size: source.progress.size, style: TerminalStyle(descriptor: 2), now: started)
        }
    }

    mutating func run() throws {
        let report = try report()
        let text =
            command.json ? PatternJSON.text(report) : PatternText(style: TerminalStyle(descriptor: 1)).text(report)
        var output = DescriptorDestination(descriptor: 1, name: "standard output")
        do throws(ForetailError) {
            try output.deliver(Array(text.utf8), to: DestinationID(0))
        } catch {
            guard DescriptorDestination.isClosedPipe(error) else { throw error }
        }
    }

    /// Reads the source to its end and looks at the busiest series.
    mutating func report() throws(ForetailError) -> PatternReport {
        defer { if meter != nil { StandardError.write(meter!.clear()) } }
        var batch = EventBatch(stream: command.source)
        var state = SourceState.ready
        while state != .end {
            batch.removeAll()
            state = try source.read(into: &batch, waitingAtMost: nil)
            try take(batch)
            draw()
        }
        var report = PatternReport(source: shownName, events: events, bad: bad, keyCount: collector.keyCount)
        report.hasKey = !keySlots.isEmpty
        report.timeField = timePath?.name
        for place in collector.busiest.prefix(command.keys) {
            report.series.append(collector.patterns(of: place, names: fields.map(\.name)))
            draw()
        }
        if meter != nil { StandardError.write(meter!.clear()) }
        remark()
        return report
    }

    private var shownName: String {
        command.source == "-" ? "standard input" : String(command.source.split(separator: "/").last ?? "")
    }

    private mutating func draw() {
        guard meter != nil else { return }
        StandardError.write(
            meter!.draw(bytes: source.progress.bytesRead, events: events, now: SystemClock.monotonic))
    }

    // MARK: Reading

    private mutating func take(_ batch: EventBatch) throws(ForetailError) {
        var refused = batch.problems.map { (line: $0.line, message: $0.message) }
        batch.bytes.withUnsafeBufferPointer { bytes in
            for frame in batch.frames {
                var body = UnsafeBufferPointer(rebasing: bytes[frame.body])
                var result = scanner.scan(body, into: row.slots)
                message.removeAll(keepingCapacity: true)
                if !result.isValid, batch.acceptsText, !result.isLimit {
                    lineReader.append(UnsafeBufferPointer(rebasing: bytes[frame.raw]), to: &message)
                }
                // The row points into the text until the event is noted.
                let text = message
                text.withUnsafeBufferPointer { made in
                    if !made.isEmpty {
                        body = made
                        result = scanner.scan(body, into: row.slots)
                    }
                    guard result.isValid else { return }
                    if events < Self.discoveryEvents { discover(body) }
                    events += 1
                    note()
                }
                if !result.isValid {
                    refused.append((frame.line, "line \(frame.line): \(result)"))
                    if command.strict { break }
                }
            }
        }
        refused.sort { $0.line < $1.line }
        for (_, message) in refused {
            if command.strict { throw ForetailError(.source, "\(shownName), \(message)") }
            bad += 1
            guard bad <= TailObserver.reportLimit else { continue }
            if meter != nil { StandardError.write(meter!.clear()) }
            StandardError.write("foretail: \(shownName), \(message); the line is skipped\n")
        }
    }

    /// Looks for the time and for fields in one of the first events.
    private mutating func discover(_ body: UnsafeBufferPointer<UInt8>) {
        let leaves = JSONFieldLister.leaves(of: body, limits: Limits().scan)
        let before = (fields.count, timePath)
        if timePath == nil, events < Limits().bannerLines {
            for name in StreamDescriptor.usualTimeFields {
                guard let leaf = leaves.first(where: { $0.path.keys == [name] }) else { continue }
                var parser = timeParser
                guard parser.parse(leaf.slot) != nil else { continue }
                timePath = leaf.path
                break
            }
        }
        if command.field == nil {
            for (path, _) in leaves where fields.count < SeriesCollector.fieldLimit {
                let isKnown = path == timePath || fields.contains(path) || command.key?.paths.contains(path) ?? false
                if !isKnown { fields.append(path) }
            }
        }
        guard (fields.count, timePath) != before else { return }
        replan()
        _ = scanner.scan(body, into: row.slots)
    }

    private mutating func replan() {
        plan = FieldPlan()
        keySlots = (command.key?.paths ?? []).map { plan.add($0) }
        timeSlot = timePath.map { plan.add($0) }
        fieldSlots = fields.map { plan.add($0) }
        scanner = JSONScanner(plan: plan, limits: Limits().scan)
        row = FieldRow(count: plan.count)
    }

    private mutating func note() {
        readKey()
        let time = timeSlot.flatMap { timeParser.parse(row[$0]) }
        if timeSlot != nil, time == nil { withoutTime += 1 }
        guard let place = collector.place(of: key) else { return }
        collector.note(time: time, at: place)
        for (field, slot) in fieldSlots.enumerated() { collector.note(row[slot], field: field, at: place) }
    }

    private mutating func readKey() {
        key.removeAll(keepingCapacity: true)
        var isMissing = !keySlots.isEmpty
        for (place, slot) in keySlots.enumerated() {
            if place > 0 { key.append(UInt8(ascii: ",")) }
            let field = row[slot]
            if field.kind != .missing, field.kind != .null { isMissing = false }
            switch field.kind {
            case .missing, .null: break
            case .string: JSONString.decode(field, into: &key)
            case .boolean: key.append(contentsOf: Array((field.bits == 1 ? "true" : "false").utf8))
            default: key.append(contentsOf: field.text)
            }
        }
        if isMissing { withoutKey += 1 }
        if key.count > Limits().keyBytes { key.removeLast(key.count - Limits().keyBytes) }
    }

    /// Says what of the options no event had, and what was skipped.
    private func remark() {
        if bad > TailObserver.reportLimit {
            StandardError.write("foretail: \(bad - TailObserver.reportLimit) more bad lines were skipped\n")
        }
        guard events > 0, !command.quiet else { return }
        if let key = command.key, withoutKey == events {
            StandardError.write("foretail: --key \(key.names): no event has it, so all of them were one series\n")
        }
        if let time = command.time, withoutTime == events {
            StandardError.write("foretail: --time \(time.names): no event has a readable time there\n")
        } else if withoutTime > 0 {
            StandardError.write(
                "foretail: \(Readable.count(withoutTime)) events have no readable time; their series are taken event by event\n"
            )
        }
        for (field, path) in (command.field?.paths ?? []).enumerated()
        where collector.kept.allSatisfy({ $0.profiles[field].isEmpty }) {
            StandardError.write("foretail: --field \(path.name): no event has it\n")
        }
    }
}
