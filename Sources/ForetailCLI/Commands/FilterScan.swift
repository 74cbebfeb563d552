import FieldExtraction
import FilterLanguage
import Foretail

/// One run of `foretail filter`.
struct FilterScan {
    private let command: FilterCommand
    /// The source's name.
    private let name: String
    private let compiled: Filter
    private let filter: BoundFilter
    private var inference = SchemaInference()
    /// Reads plain lines, as far as the filter looks at them.
    private let lineReader: LogLineReader
    private let plan: FieldPlan
    private var evaluator = FilterEvaluator()
    private var scanner: JSONScanner
    private let row: FieldRow
    private var source: DescriptorSource
    private var output = DescriptorDestination(descriptor: 1, name: "standard output")
    private var matched = 0
    private var bad = 0
    private var missing = 0
    private var failures: [FilterFailure: Int] = [:]
    private var records: [UInt8] = []

    init(_ command: FilterCommand) throws {
        self.command = command
        let text: FilterText
        (text, name) = try command.operands()
        let schema = try SchemaOption.schema(command.schema, command: "filter")
        compiled = try FilterTextOption.compile(text, schema: schema, command: "filter")
        if let path = compiled.fields.first(where: { $0.root == .meta }) {
            throw UsageError(
                command: "filter", message: "\(path) is known to a tail only; use foretail tail --filter")
        }
        plan = FieldPlan(compiled.fields)
        filter = compiled.bound(to: plan)
        scanner = JSONScanner(plan: plan, limits: Limits().scan)
        row = FieldRow(count: plan.count)
        var descriptor = StreamDescriptor(name: name)
        descriptor.input = command.input.streamInput
        descriptor.unwrap = command.unwrap?.paths.first
        descriptor.stopsAtBadEvents = command.strict
        descriptor.schema = schema
        descriptor.lineDetail = Self.lineDetail(of: compiled)
        let lineReader = LogLineReader(detail: descriptor.lineDetail, limits: Limits().scan)
        descriptor.lineReader = lineReader
        self.lineReader = lineReader
        source = try DescriptorSource.open(name, descriptor: descriptor, limits: Limits().scan)
    }

    mutating func run() throws {
        var batch = EventBatch(stream: name)
        var state = SourceState.ready
        do throws(ForetailError) {
            while state != .end {
                batch.removeAll()
                state = try source.read(into: &batch, waitingAtMost: nil)
                let failure = filter(batch)
                if !records.isEmpty { try output.deliver(records, to: DestinationID(0)) }
                records.removeAll(keepingCapacity: true)
                if let failure { throw failure }
            }
            if command.count {
                try output.deliver(Array("\(matched)\n".utf8), to: DestinationID(0))
            }
        } catch {
            guard DescriptorDestination.isClosedPipe(error) else { throw error }
            return
        }
        report()
    }

    /// Filters a batch.
    ///
    /// - Returns: The first bad line under `--strict`; what came before it is among the records.
    private mutating func filter(_ batch: EventBatch) -> ForetailError? {
        var refused = batch.problems.map { (line: $0.line, message: $0.message) }
        batch.bytes.withUnsafeBufferPointer { bytes in
            for frame in batch.frames {
                var result = scanner.scan(UnsafeBufferPointer(rebasing: bytes[frame.body]), into: row.slots)
                var message: [UInt8] = []
                if !result.isValid, batch.acceptsText, !result.isLimit {
                    // A line that only looked like JSON is a message.
                    lineReader.append(UnsafeBufferPointer(rebasing: bytes[frame.raw]), to: &message)
                    result = message.withUnsafeBufferPointer { scanner.scan($0, into: row.slots) }
                }
                guard result.isValid else {
                    refused.append((frame.line, "line \(frame.line): \(result)"))
                    if command.strict { break }
                    continue
                }
                if inference.wants(planCount: plan.count) { inference.observe(row, plan: plan) }
                let outcome = message.withUnsafeBufferPointer { _ in evaluator.evaluate(filter, row: row.slots) }
                switch outcome {
                case .match:
                    matched += 1
                    guard !command.count else { continue }
                    records.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[frame.raw]))
                    records.append(UInt8(ascii: "\n"))
                case .noMatch: break
                case .missingField: missing += 1
                case .failure(let failure): failures[failure, default: 0] += 1
                }
            }
        }
        refused.sort { $0.line < $1.line }
        for (_, message) in refused {
            if command.strict { return ForetailError(.source, "\(shownName), \(message)") }
            bad += 1
            if bad <= 10 { StandardError.write("foretail: \(shownName), \(message); the line is skipped\n") }
        }
        return nil
    }

    private var shownName: String { name == "-" ? "standard input" : name }

    /// How much of a plain line the filter looks at: its message alone, fields that are recognised, or its template.
    private static func lineDetail(of filter: Filter) -> LogLineReader.Detail {
        var detail = LogLineReader.Detail.message
        for path in filter.fields where path.root == .event {
            guard let name = path.keys.first, name != "template", name != "parameters" else { return .templates }
            if name != "message" { detail = .fields }
        }
        return detail
    }

    private func report() {
        if bad > 10 { StandardError.write("foretail: \(bad - 10) more bad lines were skipped\n") }
        if missing > 0 {
            let subject = missing == 1 ? "1 event lacks" : "\(missing) events lack"
            StandardError.write(
                "foretail: \(subject) a field that the filter reads; guard it with has(…) if that is expected\n")
        }
        if matched == 0, let schema = inference.schema {
            for finding in compiled.findings(for: schema) where finding.severity == .neverMatches {
                StandardError.write("foretail: \(finding)\n")
                return
            }
        }
        for (failure, count) in failures.sorted(by: { $0.value > $1.value }).prefix(3) {
            StandardError.write("foretail: \(filter.failureDescription(failure)) (\(count) events)\n")
        }
    }
}
