import FieldExtraction
import Forecasting
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One run of `foretail tail`, from options to summary.
struct TailRun {
    private let options: TailOptions
    private let limits: Limits

    init(_ options: TailOptions) {
        self.options = options
        var limits = Limits()
        switch options.models {
        case .lite: limits.forecastTier = .lite
        case .standard, nil: break
        case .full: limits.forecastTier = .full
        }
        self.limits = limits
    }

    func run() async throws {
        var events = streamDescriptor
        events.schema = try SchemaOption.schema(options.schema, command: "tail")
        let filter = try FilterTextOption.text(command: "tail", expression: options.filter, pattern: options.pattern)
        let counting = options.counting.settings(key: options.source == "host" ? hostKey : options.key).map {
            Counting(settings: $0, filter: filter)
        }
        let descriptor = counting.map { StreamDescriptor(countsOf: events, settings: $0.settings) } ?? events
        let control = PipelineControl(tickMicroseconds: descriptor.isLive || options.duration != nil ? 200_000 : nil)
        Interrupt.install(control)

        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        try manager.describeStream(descriptor)
        let request = try register(
            on: &manager, stream: descriptor.name,
            filter: counting == nil ? filter : options.counting.having.map(FilterText.cel))
        try await learnHistory(&manager, of: events, counting: counting, control: control)

        try refuseOwnSource()
        let source = try TailSource(options, stream: events, limits: limits.scan, wake: Interrupt.wake)
        let input = try TailInput(
            source, of: events, counting: counting, limits: limits, progress: source.progress)
        let lookups = try await TailLookups(options.lookups)
        let joiner = try lookups?.joiner(of: request, stream: descriptor, isFromBeginning: isFromBeginning)
        let following = joiner.map(\.notices).map { notices in Task { await lookups?.follow(notices) } }
        let status = statusLine
        var observer = TailObserver(
            name: options.source == "-" ? "standard input" : options.source, options: options, request: request,
            control: control, progress: source.progress,
            status: status)
        var pipeline = Pipeline(
            stream: descriptor.name, manager: manager, source: input,
            log: TailLog(keepsPositions: options.isKafka && counting == nil),
            destination: try TailDestination(options, status: status),
            renderer: LeadNotingRenderer(renderer(descriptor)),
            clock: SystemClock(), control: control, joiner: joiner)
        let run: Result<Void, ForetailError>
        do throws(ForetailError) {
            try await pipeline.run(observer: &observer)
            try await pipeline.destination.close()
            run = .success(())
        } catch {
            run = .failure(error)
        }
        following?.cancel()
        await following?.value
        await lookups?.close()
        await source.close()
        if case .failure(let error) = run {
            observer.finish()
            // Whoever read our output has seen enough.
            if DescriptorDestination.isClosedPipe(error) { return }
            throw error
        }
        observer.finish()
        if let failure = observer.failure { throw failure }
        if !options.quiet { remarkOnFields(pipeline.manager, stream: descriptor.name) }
        let counted = pipeline.source.counted
        var remarks: [String] = []
        if let counted, let counting {
            remarks = CountRemarks.sentences(
                counted.status, findings: counted.filterFindings, counting: counting, options: options)
        }
        if wantsSummary(control) {
            summarise(
                pipeline.manager, stream: descriptor.name, request: request, elapsed: observer.elapsed,
                lead: pipeline.renderer.leads.median, counted: counted?.status, remarks: remarks)
        } else if !options.quiet {
            for remark in remarks { StandardError.write("foretail: \(remark)\n") }
        }
    }

    /// A file that is read and written at once would grow for ever.
    private func refuseOwnSource() throws(ForetailError) {
        if options.isToKafka { return try options.refuseOwnTopic() }
        guard let path = options.to, let target = OpenDescriptor.status(path: path)?.identity else { return }
        let source =
            options.source == "-" ? OpenDescriptor(borrowing: 0).status : OpenDescriptor.status(path: options.source)
        if source?.identity == target {
            throw ForetailError(.destination, "--to \(path): the source itself; name another file")
        }
    }

    // MARK: Parts

    private var streamDescriptor: StreamDescriptor {
        if options.source == "host" {
            var descriptor = HostSource.descriptor
            descriptor.latenessMicroseconds = options.lateness?.microseconds ?? 0
            return descriptor
        }
        if options.isKafka { return options.kafkaDescriptor }
        // Not the file's name: the same content gives the same records wherever it lies.
        let isStream = NATSTail.isAddress(options.source)
        let name = isStream ? "nats" : options.source == "-" ? "stdin" : "file"
        return options.descriptor(
            name: name, isLive: options.follow || isStream || options.source == "-" && !isRegularInput)
    }

    /// What the host's events belong to.
    private var hostKey: FieldListOption? {
        FieldListOption(argument: HostSource.descriptor.key.map(\.name).joined(separator: ","))
    }

    /// Whether the source begins with the stream's first event, as far as anybody can say.
    private var isFromBeginning: Bool {
        if options.isKafka || NATSTail.isAddress(options.source) { return options.lines == "all" }
        return !options.follow || options.lines == "all"
    }

    /// Whether standard input is a file: then its events are of the past, as those of a named file.
    private var isRegularInput: Bool { OpenDescriptor(borrowing: 0).status?.isRegular ?? false }

    private func register(
        on manager: inout PredictiveBufferManager, stream: String, filter: FilterText?
    ) throws -> TailRequestID {
        do throws(ForetailError) {
            return try manager.registerTailRequest(
                streamName: stream, filter: filter, destination: DestinationID(0),
                prediction: options.predictionSettings)
        } catch {
            // A wrong filter or setting is a wrong command line.
            let isHaving = error.code == .badFilter && options.counting.count != nil
            throw error.code == .badFilter || error.code == .badSetting || error.code == .limit
                ? UsageError(command: "tail", message: (isHaving ? "--having: " : "") + error.message) : error
        }
    }

    /// Lets the models learn `--history` before the tail begins.
    private func learnHistory(
        _ manager: inout PredictiveBufferManager, of events: StreamDescriptor, counting: Counting?,
        control: PipelineControl
    ) async throws {
        guard let path = options.history else { return }
        guard path != options.source else {
            throw ForetailError(.source, "--history \(path): the same as the source; name an earlier file")
        }
        let file = try DescriptorSource.open(path, descriptor: events, limits: limits.scan)
        var source = try TailInput(file, of: events, counting: counting, limits: limits, progress: nil)
        var batch = EventBatch(stream: events.name)
        var actions = Actions()
        var state = SourceState.ready
        var sequence: UInt64 = 0
        var reported = 0
        while state != .end, !control.isStopped {
            batch.removeAll()
            state = try await source.read(into: &batch, waitingAtMost: nil)
            for index in batch.frames.indices {
                sequence += 1
                // Epoch 0 lies before every position of the tail.
                batch.frames[index].position = Position(epoch: 0, sequence: sequence)
            }
            let now = SystemClock().now()
            let problems = manager.process(.history(batch), now: now, into: &actions)
            for problem in problems {
                let message = "\(path), \(problem.message)"
                if options.strict { throw ForetailError(.source, message) }
                reported += 1
                if reported <= TailObserver.reportLimit {
                    StandardError.write("foretail: \(message); the line is skipped\n")
                }
            }
            let items = actions.items
            actions.removeAll()
            for case .train(let training) in items {
                manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
            }
        }
    }

    private var statusLine: StatusLine? {
        guard options.shownFormat == .pretty, options.to == nil, isatty(1) == 1, StandardError.isTerminal,
            !options.quiet
        else {
            return nil
        }
        return StatusLine(style: TerminalStyle(descriptor: 2))
    }

    private func renderer(_ descriptor: StreamDescriptor) -> TailRenderer {
        switch options.shownFormat {
        case .ndjson: return .ndjson(NDJSONRenderer())
        case .raw: return .raw(RawRenderer())
        case .pretty:
            var pretty = PrettyRenderer.Options()
            let shown = descriptor.key + [descriptor.time].compactMap(\.self)
            pretty.hiddenFields = Set(shown.map(\.name))
            if descriptor.isLive { pretty.today = SystemClock().now() }
            let style = options.to == nil ? TerminalStyle(descriptor: 1) : .plain
            return .pretty(PrettyRenderer(style: style, options: pretty))
        }
    }

    /// Says which of the named fields were never there: more often than not a misspelling.
    private func remarkOnFields(_ manager: borrowing PredictiveBufferManager, stream: String) {
        guard let status = manager.streamStatus(stream), status.counters.events > 0 else { return }
        let counters = status.counters
        // With a history the counts are of both.
        guard counters.history == 0 else { return }
        var remarks: [String] = []
        if let key = options.key, options.counting.count == nil, counters.withoutKey >= counters.events {
            remarks.append("--key \(key.names): no event has it, so all of them were one series")
        }
        if let time = options.time, counters.withoutTime >= counters.events {
            remarks.append("--time \(time.names): no event has a readable time there")
        }
        let known = Set(status.fields.filter { $0.kind != "unseen" }.map(\.name))
        for (option, list) in [("--predict", options.predict), ("--assert", options.assert)] {
            for path in list?.paths ?? [] where !known.contains(path.name) {
                remarks.append("\(option) \(path.name): no event has it")
            }
        }
        for tolerance in options.tolerance where !known.contains(tolerance.field) {
            remarks.append("--tolerance \(tolerance.field): not a learned field; name it with --predict")
        }
        for remark in remarks { StandardError.write("foretail: \(remark)\n") }
    }

    // MARK: Summary

    private func wantsSummary(_ control: PipelineControl) -> Bool {
        options.summary || !options.quiet && (control.isStopped || options.shownFormat == .pretty && options.ahead)
    }

    private func summarise(
        _ manager: borrowing PredictiveBufferManager, stream: String, request: TailRequestID, elapsed: Int64,
        lead: Int64?, counted: CountStatus?, remarks: [String]
    ) {
        guard var status = manager.streamStatus(stream) else { return }
        if stream == "file" { status.name = String(options.source.split(separator: "/").last ?? "file") }
        var summary = Summary(
            stream: status, confidence: options.ahead ? manager.predictionConfidence(for: request) : nil,
            buffer: options.ahead ? manager.bufferStatus(for: request) : nil)
        summary.elapsedMicroseconds = elapsed
        summary.medianLeadMicroseconds = lead
        summary.counted = counted
        summary.problems = remarks
        StandardError.write(summary.text(style: TerminalStyle(descriptor: 2)))
    }
}
