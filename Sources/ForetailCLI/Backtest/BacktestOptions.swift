import ArgumentParser
import FieldExtraction
import Foretail

/// What `foretail backtest` can be told.
struct BacktestOptions: ParsableArguments {
    enum Report: String, ExpressibleByArgument, CaseIterable { case text, json, html }

    @Argument(help: ArgumentHelp("Files of the past, or '-' for standard input.", valueName: "file")) var files:
        [String]

    @Option(help: "How the report looks.") var report = Report.text
    @Option(help: ArgumentHelp("Write the report to this file instead of standard output.", valueName: "file"))
    var out: String?

    @Option(help: "Predict only events that satisfy this CEL expression, e.g. 'event.cpu > 80'.") var filter: String?
    @Option(help: ArgumentHelp("Predict only events that match this event pattern.", valueName: "file|json"))
    var pattern: String?
    @Option(help: ArgumentHelp(stringLiteral: SchemaOption.help)) var schema: String?
    @Option(help: ArgumentHelp("The fields an event belongs to; others learn apart.", valueName: "field,…"))
    var key: FieldListOption?
    @Option(help: ArgumentHelp("The field with the event's time.", valueName: "field")) var time: FieldListOption?
    @Option(help: "How the input is written.") var input = TailOptions.Input.auto
    @Option(help: ArgumentHelp("Take the event out of this string field.", valueName: "field"))
    var unwrap: FieldListOption?
    @Option(help: ArgumentHelp("How late an event may be.", valueName: "duration")) var lateness: DurationOption?
    @Option(help: "Where time comes from: the time field (auto, event), or the time field but never backwards (order).")
    var clock = TailOptions.Clock.auto
    @Option(help: ArgumentHelp("Learn from this file first.", valueName: "file")) var history: String?

    @Option(help: ArgumentHelp("How many events ahead: 12 means 1…12, 1,12 exactly those.", valueName: "n|list"))
    var steps: StepsOption?
    @Option(help: ArgumentHelp("Fields to learn.", valueName: "field,…")) var predict: FieldListOption?
    @Option(help: ArgumentHelp("Fields that decide whether a prediction was right.", valueName: "field,…"))
    var assert: FieldListOption?
    @Option(help: ArgumentHelp("How far a value may lie off, e.g. cpu=0.5 or cpu=2%.", valueName: "field=x|x%"))
    var tolerance: [ToleranceOption] = []
    @Option(help: ArgumentHelp("Announce from this confidence on.", valueName: "p")) var minConfidence = 0.5
    @Flag(help: "Announce also what the past alone makes likely.") var trivial = false
    @Option(help: "When to announce a slot again.") var announce = TailOptions.Announce.changed
    @Option(help: ArgumentHelp(stringLiteral: NeuralOption.help)) var neural = NeuralOption.off

    @OptionGroup var lookup: LookupRehearsalOptions

    @Option(
        help: ArgumentHelp(
            "Events of a file before forecasts are scored; by default 30 %, from 100 to 900.", valueName: "n"))
    var warmUp: Int?
    @Option(help: ArgumentHelp("Events in a season, instead of what is found.", valueName: "n")) var season: Int?
    @Flag(help: "Fail at the first bad line.") var strict = false
    @Flag(name: .shortAndLong, help: "No progress, no notices.") var quiet = false

    func validate() throws {
        if minConfidence < 0 || minConfidence > 1 {
            throw ValidationError("--min-confidence \(minConfidence): expected a number from 0 to 1")
        }
        if let time, time.paths.count != 1 { throw ValidationError("--time: expected one field") }
        if let unwrap, unwrap.paths.count != 1 { throw ValidationError("--unwrap: expected one field") }
        if files.count(where: { $0 == "-" }) > 1 { throw ValidationError("'-': standard input can be read once only") }
        if files.contains("host") {
            throw ValidationError("host: a backtest needs a past; record it with foretail tail host --to FILE")
        }
        try neural.validate(steps: steps)
        if clock == .wall { throw ValidationError("--clock wall: the past did not happen now; use event or order") }
        if let warmUp, warmUp < 0 { throw ValidationError("--warm-up \(warmUp): expected a number of events") }
        if let season, season < 2 || season > BacktestLimits.history {
            throw ValidationError("--season \(season): expected a number from 2 to \(BacktestLimits.history)")
        }
        if let out, files.contains(out) || out == history {
            throw ValidationError("--out \(out): a file that is read; name another")
        }
    }

    /// The stream of one file.
    var descriptor: StreamDescriptor {
        // As foretail tail names it, so that filters on meta.stream say the same.
        var descriptor = StreamDescriptor(name: "file")
        descriptor.key = key?.paths ?? []
        descriptor.time = time?.paths.first
        descriptor.unwrap = unwrap?.paths.first
        descriptor.stopsAtBadEvents = strict
        descriptor.clock = clock.clock
        descriptor.latenessMicroseconds = lateness?.microseconds ?? 0
        descriptor.input = input.streamInput
        return descriptor
    }

    /// The prediction settings, as `foretail tail --ahead` would have them.
    var predictionSettings: PredictionSettings {
        var settings = PredictionSettings()
        settings.steps = steps?.steps ?? [1]
        settings.predict = predict?.paths ?? []
        settings.assert = assert?.paths ?? []
        for option in tolerance { settings.tolerances[option.field] = option.tolerance }
        settings.minConfidence = minConfidence
        settings.trivial = trivial
        settings.announce = announce == .every ? .every : .changed
        settings.neural = neural.setting
        settings.stages = lookup.lookupKey != nil
        return settings
    }

    /// The rehearsal of lookups; nil where none was asked for.
    ///
    /// - Throws: ``UsageError`` for a key that does not compile.
    func rehearsal(of request: TailRequestID, stream: StreamDescriptor) throws -> LookupRehearsal? {
        guard let settings = lookup.settings else { return nil }
        do throws(ForetailError) {
            return try LookupRehearsal(settings, of: request, stream: stream)
        } catch {
            throw UsageError(command: "backtest", message: "--lookup-key: \(error.message)")
        }
    }

    /// Describes the stream to a manager and registers the request.
    ///
    /// - Throws: ``UsageError`` for a filter or a setting that cannot be.
    func register(_ descriptor: StreamDescriptor, on manager: inout PredictiveBufferManager) throws -> TailRequestID {
        let filter = try FilterTextOption.text(command: "backtest", expression: filter, pattern: pattern)
        try manager.describeStream(descriptor)
        do throws(ForetailError) {
            return try manager.registerTailRequest(
                streamName: descriptor.name, filter: filter, destination: DestinationID(0),
                prediction: predictionSettings)
        } catch {
            // A wrong filter or setting is a wrong command line.
            throw error.code == .badFilter || error.code == .badSetting || error.code == .limit
                ? UsageError(command: "backtest", message: error.message) : error
        }
    }
}
