import FieldExtraction
import Forecasting
import Foretail

/// One run of `foretail bench pipeline`: a pipeline with many tail requests, of which some ask for predictions, from bytes in
/// memory to records that nobody keeps.
struct PipelineBench {
    /// Events in a batch.
    static let batchEvents = 512

    /// What it found out.
    struct Result {
        var requests = 0
        var predicting = 0
        var events = 0
        /// Keys that a predicting request can match, and so are learned.
        var series = 0
        var forwards = 0
        var predictions = 0
        var outcomes = 0
        var watches = 0
        var eventsPerSecond = 0.0
    }

    private let events: BenchFile
    private let rules: [String]
    private let key: [FieldPath]
    private let predicting: Int
    private let watch: WatchSettings?

    /// Reads rules and events.
    init(rules: String, events: String, key: [FieldPath], predicting: Int, watch: WatchSettings? = nil) throws {
        self.rules = try RuleLines.read(BenchFile(path: rules))
        self.events = try BenchFile(path: events)
        self.key = key
        self.predicting = predicting
        self.watch = watch
    }

    /// Registers the rules and passes the events through, once. The time is that of this thread's CPU, registration left out.
    func run() async throws -> Result {
        var manager = PredictiveBufferManager()
        var descriptor = StreamDescriptor(name: "bench")
        descriptor.key = key
        try manager.describeStream(descriptor)
        var result = Result(requests: rules.count, events: events.lines.count)
        // The first rules that name a key ask for predictions; without enough of them, the first of all.
        let keyed = rules.indices.filter { place in key.contains { rules[place].contains("event.\($0.name) == ") } }
        let asking = Set((keyed + rules.indices).prefix(predicting))
        var settings = PredictionSettings()
        settings.watch = watch
        for (number, rule) in rules.enumerated() {
            _ = try manager.registerTailRequest(
                streamName: "bench", filter: FilterText(rule), destination: DestinationID(0),
                prediction: asking.contains(number) ? settings : nil)
        }
        result.predicting = asking.count
        var pipeline = Pipeline(
            stream: "bench", manager: manager, source: BenchSource(events.lines), log: PassingLog(),
            destination: BenchDestination(), renderer: BenchRenderer(), clock: SystemClock())
        let started = BenchClock.now
        var observer = BenchObserver()
        try await pipeline.run(observer: &observer)
        result.eventsPerSecond = Double(events.lines.count) / (BenchClock.now - started)
        result.series = pipeline.manager.streamStatus("bench")?.series ?? 0
        (result.forwards, result.predictions, result.outcomes) = pipeline.renderer.counts
        result.watches = pipeline.renderer.watches
        return result
    }
}

extension PipelineBench.Result {
    /// The result for people.
    var text: String {
        """
        requests          \(requests), of which \(predicting) ask for predictions
        events            \(events)
        events/s          \(Int(eventsPerSecond)) (thread CPU time, from raw bytes to records)
        series learned    \(series)
        records           \(forwards) events, \(predictions) predictions, \(outcomes) outcomes, \(watches) of watches
        """
    }

    /// The result as one JSON object.
    var json: String {
        """
        {"events_per_second":\(Int(eventsPerSecond)),"requests":\(requests),"predicting":\(predicting),"events":\(events),\
        "series":\(series),"forwards":\(forwards),"predictions":\(predictions),"outcomes":\(outcomes),"watches":\(watches)}
        """
    }
}

/// Lines in memory as a source.
private struct BenchSource: EventSource {
    private let lines: [UnsafeBufferPointer<UInt8>]
    private var next = 0

    init(_ lines: [UnsafeBufferPointer<UInt8>]) { self.lines = lines }

    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        let end = min(lines.count, next + PipelineBench.batchEvents)
        for line in lines[next..<end] {
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: line)
            let range = start..<batch.bytes.count
            batch.frames.append(EventBatch.Frame(body: range, raw: range, line: batch.frames.count + 1))
        }
        next = end
        return next == lines.count ? .end : .ready
    }

    mutating func acknowledge() async throws(ForetailError) {}
}

/// A destination that forgets.
private struct BenchDestination: Destination {
    mutating func deliver(_ records: [UInt8], to id: DestinationID) async throws(ForetailError) {}
}

/// Renders as NDJSON, and counts.
private struct BenchRenderer: RecordRenderer {
    private var renderer = NDJSONRenderer()
    private(set) var counts = (forwards: 0, predictions: 0, outcomes: 0)
    private(set) var watches = 0

    mutating func render(
        _ action: Actions.Action, of actions: Actions, names: StreamNames, into output: inout [UInt8]
    ) {
        switch action {
        case .forward: counts.forwards += 1
        case .announce: counts.predictions += 1
        case .outcome: counts.outcomes += 1
        case .watch: watches += 1
        default: break
        }
        renderer.render(action, of: actions, names: names, into: &output)
    }
}

/// Looks on.
private struct BenchObserver: PipelineObserver {
    mutating func completed(
        _ batch: EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager, now: Timestamp
    ) {}
}
