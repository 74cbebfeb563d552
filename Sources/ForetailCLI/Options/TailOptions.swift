import ArgumentParser
import FieldExtraction
import Foretail

/// What `foretail tail` can be told, in groups.
struct TailOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, ndjson, raw }
    enum Input: String, ExpressibleByArgument, CaseIterable { case auto, ndjson, csv, text }
    enum Clock: String, ExpressibleByArgument, CaseIterable {
        case auto, event, wall, order

        /// The clock as a stream has it.
        var clock: StreamDescriptor.Clock {
            switch self {
            case .auto: .automatic
            case .event: .event
            case .wall: .wall
            case .order: .order
            }
        }
    }
    enum Models: String, ExpressibleByArgument, CaseIterable { case lite, standard, full }
    enum Announce: String, ExpressibleByArgument, CaseIterable { case changed, every }

    @Argument(
        help: ArgumentHelp(
            "A file, '-' for standard input, 'host' for this machine's own metrics, a server's stream or tail request: http://HOST:PORT/STREAM, …/v1/tail-requests/ID, a stream of NATS: nats://HOST:PORT/STREAM?subject=…&from=all|new|SEQUENCE|TIME, or a topic: kafka://HOST:PORT/TOPIC?group=NAME.",
            valueName: "source"))
    var source = "-"

    @Option(help: "Forward only events that satisfy this CEL expression, e.g. 'event.cpu > 80'.")
    var filter: String?
    @Option(
        help: ArgumentHelp(
            "Forward only events that match this event pattern, e.g. '{\"level\":[\"error\"]}'.", valueName: "file|json"
        ))
    var pattern: String?
    @Option(help: ArgumentHelp(stringLiteral: SchemaOption.help)) var schema: String?
    @Option(help: ArgumentHelp("The fields an event belongs to; others learn apart.", valueName: "field,…"))
    var key: FieldListOption?
    @Option(help: ArgumentHelp("The field with the event's time.", valueName: "field"))
    var time: FieldListOption?
    @Option(help: "How the input is written.") var input = Input.auto
    @Option(help: ArgumentHelp("Take the event out of this string field.", valueName: "field"))
    var unwrap: FieldListOption?
    @Option(
        help:
            "Where time comes from: the time field, the wall clock, (auto) both on a live stream, or the time field but never backwards (order)."
    ) var clock =
        Clock.auto
    @Option(help: ArgumentHelp("How late an event may be.", valueName: "duration")) var lateness: DurationOption?
    @Option(help: ArgumentHelp("Learn from this file first.", valueName: "file")) var history: String?
    @Flag(
        name: .customShort("f"),
        help: "Follow the file as it grows, through rotation and truncation; wait for a server's stream to begin.")
    var follow = false
    @Option(name: .customShort("n"), help: ArgumentHelp("With -f, begin with the last lines.", valueName: "lines|all"))
    var lines: String?
    @Option(
        help: ArgumentHelp(
            "Of a server: begin with the oldest event, with what comes, or behind a position.",
            valueName: "oldest|now|position"))
    var from: String?
    @Option(help: ArgumentHelp("Of a server: a PEM file of further authorities for https.", valueName: "file"))
    var caFile: String?
    @Option(
        help: ArgumentHelp("For a server: a file with the token, else FORETAIL_TOKEN has it.", valueName: "file"))
    var tokenFile: String?
    @Option(
        help: ArgumentHelp(
            "For Kafka: a file of librdkafka's properties with credentials and TLS, else FORETAIL_KAFKA_CONFIG names one.",
            valueName: "file"))
    var kafkaConfig: String?
    @Option(help: ArgumentHelp("How often the host is looked at.", valueName: "duration")) var every: DurationOption?

    @Flag(help: "Predict the events to come.") var ahead = false
    @Option(help: ArgumentHelp("How many events ahead: 12 means 1…12, 1,12 exactly those.", valueName: "n|list"))
    var steps: StepsOption?
    @Option(help: ArgumentHelp("Fields to learn.", valueName: "field,…")) var predict: FieldListOption?
    @Option(help: ArgumentHelp("Fields that decide whether a prediction was right.", valueName: "field,…"))
    var assert: FieldListOption?
    @Option(help: ArgumentHelp("How far a value may lie off, e.g. cpu=0.5 or cpu=2%.", valueName: "field=x|x%"))
    var tolerance: [ToleranceOption] = []
    @Option(help: ArgumentHelp("Announce from this confidence on.", valueName: "p")) var minConfidence = 0.5
    @Flag(help: "Announce also what the past alone makes likely.") var trivial = false
    @Option(help: "When to announce a slot again.") var announce = Announce.changed
    @Option(help: ArgumentHelp("How many other values of a category to list.", valueName: "n")) var alternatives = 3
    @Option(help: "How much the models of numbers may compute; lite is the fastest, full the dearest.")
    var models: Models?
    @Option(help: ArgumentHelp("How long a prediction stands.", valueName: "duration")) var ttl: DurationOption?

    @Option(
        help: ArgumentHelp(
            "Hold back what is expected: forward only events of at least so many bits of surprise.", valueName: "bits"))
    var surprise: Double?

    @OptionGroup(title: "Watches") var watches: WatchOptions

    @Option(help: ArgumentHelp(stringLiteral: NeuralOption.help)) var neural = NeuralOption.off

    @OptionGroup(title: "Counting") var counting: CountOptions

    @OptionGroup(title: "Lookups") var lookups: LookupOptions

    @OptionGroup(title: "NATS", visibility: NATSOptions.visibility) var nats: NATSOptions

    @Option(help: "How records look; by default pretty on a terminal, raw on a pipe, ndjson on a pipe with --ahead.")
    var format: Format?
    @Option(
        help: ArgumentHelp(
            "Append the records to this file, publish them to a subject of NATS (nats://HOST:PORT/SUBJECT), or send them to a topic (kafka://HOST:PORT/TOPIC), instead of writing them to standard output.",
            valueName: "file|url"))
    var to: String?
    @Flag(help: "Fail at the first bad line.") var strict = false
    @Flag(help: "Print a summary at the end, on standard error.") var summary = false
    @Flag(name: .shortAndLong, help: "No progress, no notices.") var quiet = false
    @Option(help: ArgumentHelp("Stop after so long.", valueName: "duration")) var duration: DurationOption?

    func validate() throws {
        if minConfidence < 0 || minConfidence > 1 {
            throw ValidationError("--min-confidence \(minConfidence): expected a number from 0 to 1")
        }
        if let surprise, !(surprise >= 0 && surprise <= 1_000) {
            throw ValidationError("--surprise \(surprise): expected a number of bits from 0 to 1000")
        }
        if let time, time.paths.count != 1 { throw ValidationError("--time: expected one field") }
        if source.isEmpty { throw ValidationError("the source is empty; name a file, '-' or 'host'") }
        if let unwrap, unwrap.paths.count != 1 { throw ValidationError("--unwrap: expected one field") }
        if follow, source == "-" || source == "host" || NATSTail.isAddress(source) {
            throw ValidationError("-f: '\(source)' is not a file to follow")
        }
        if let lines, lines != "all", Int(lines).map({ $0 < 0 }) ?? true {
            throw ValidationError("-n \(lines): expected a number of lines or 'all'")
        }
        if isRemote { return try validateRemote() }
        try validateNATS()
        try validateKafka()
        try validateCombinations()
        if from != nil { throw ValidationError("--from: only a server's stream is read from a position on") }
        if tokenFile != nil { throw ValidationError("--token-file: only a server wants a token") }
    }

    /// Refuses options that would do nothing where they stand.
    private func validateCombinations() throws {
        if source == "host" {
            let fixed = [
                ("--key", key != nil), ("--time", time != nil), ("--unwrap", unwrap != nil),
                ("--input", input != .auto),
                ("--clock", clock != .auto),
            ]
            for (option, isGiven) in fixed where isGiven {
                throw ValidationError("\(option): the host's events have a form of their own; leave it out")
            }
        }
        if !ahead {
            let predicting = [
                ("--steps", steps != nil), ("--assert", assert != nil), ("--tolerance", !tolerance.isEmpty),
                ("--ttl", ttl != nil), ("--trivial", trivial), ("--announce every", announce == .every),
            ]
            for (option, isGiven) in predicting where isGiven {
                throw ValidationError("\(option) is about predictions; add --ahead")
            }
            let learning = [
                ("--predict", predict != nil), ("--models", models != nil), ("--history", history != nil),
                ("--neural", neural != .off),
            ]
            for (option, isGiven) in learning where isGiven && surprise == nil && !watches.isAsked {
                throw ValidationError(
                    "\(option) is about what is learned; add --ahead, --surprise, --within or --overdue")
            }
        }
        if key != nil, counting.by != nil {
            throw ValidationError("--key: --by decides what counts belong to; leave one of them out")
        }
        try neural.validate(steps: steps)
        // What is watched for in counts is what --having says.
        let isCounted = counting.count != nil
        if isCounted, watches.within != nil, counting.having == nil {
            throw ValidationError(
                "--within warns before a count matches; add --having, as in --having 'event.count > 100'")
        }
        try watches.validate(hasFilter: isCounted ? counting.having != nil : filter != nil || pattern != nil)
        if !lookups.lookup.isEmpty, let format, format != .ndjson {
            throw ValidationError(
                "--format \(format.rawValue): rows of --lookup are members of NDJSON records; leave it out")
        }
        if lines != nil, !follow {
            throw ValidationError("-n: only a followed file has last lines to begin with; add -f")
        }
        if every != nil, source != "host" { throw ValidationError("--every: only the host is looked at by the clock") }
    }

    /// The stream as the options describe it.
    func descriptor(name: String, isLive: Bool) -> StreamDescriptor {
        var descriptor = StreamDescriptor(name: name)
        descriptor.key = key?.paths ?? []
        descriptor.time = time?.paths.first
        descriptor.unwrap = unwrap?.paths.first
        descriptor.isLive = isLive
        descriptor.stopsAtBadEvents = strict
        descriptor.latenessMicroseconds = lateness?.microseconds ?? 0
        descriptor.clock = clock.clock
        descriptor.input = input.streamInput
        descriptor.lineReader = LogLineReader(limits: Limits().scan)
        return descriptor
    }

    /// The prediction settings; nil where nothing is to be learned.
    var predictionSettings: PredictionSettings? {
        guard ahead || surprise != nil || watches.isAsked else { return nil }
        var settings = PredictionSettings()
        settings.isAhead = ahead
        settings.leastSurprise = surprise
        settings.watch = watches.settings
        settings.steps = steps?.steps ?? [1]
        settings.predict = predict?.paths ?? []
        settings.assert = assert?.paths ?? []
        for option in tolerance { settings.tolerances[option.field] = option.tolerance }
        settings.minConfidence = minConfidence
        settings.trivial = trivial
        settings.announce = announce == .every ? .every : .changed
        settings.alternatives = alternatives
        settings.timeToLiveMicroseconds = ttl?.microseconds
        settings.neural = neural.setting
        settings.stages = ahead && !lookups.lookup.isEmpty
        return settings
    }
}
