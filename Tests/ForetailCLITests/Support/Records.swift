import FieldExtraction

@testable import Foretail
@testable import ForetailCLI

/// Records made by hand, and the names of a stream that has seen `{"host","cpu","level"}`.
struct Records {
    var actions = Actions()
    private let manager: Holder
    private let to = DestinationID(0)
    private let request = TailRequestID(1)

    /// Keeps a manager, which cannot be copied.
    private final class Holder {
        var manager = PredictiveBufferManager()
    }

    init() throws {
        manager = Holder()
        var descriptor = StreamDescriptor(name: "metrics")
        descriptor.key = [FieldPath("host")]
        descriptor.time = FieldPath("time")
        try manager.manager.describeStream(descriptor)
        var settings = PredictionSettings()
        settings.predict = [FieldPath("cpu"), FieldPath("level")]
        _ = try manager.manager.registerTailRequest(
            streamName: "metrics", destination: to, prediction: settings)
        var batch = EventBatch(stream: "metrics")
        for number in 1...10 {
            let event = #"{"time":"2026-01-01T00:00:0\#(number % 10)Z","host":"web-1","cpu":\#(number),"level":"warn"}"#
            batch.append(event, at: Position(sequence: UInt64(number)))
        }
        var ignored = Actions()
        manager.manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &ignored)
    }

    static func time(_ text: String) -> Timestamp { Timestamp(parsing: text)! }

    /// Adds an event; with a lead it was a hit.
    mutating func event(_ body: String, key: String? = "web-1", time: String, lead: Int64? = nil) {
        var ranges: [Range<Int>] = []
        for text in [key ?? "", body] {
            let start = actions.bytes.count
            actions.bytes.append(contentsOf: text.utf8)
            ranges.append(start..<actions.bytes.count)
        }
        actions.events.append(
            Actions.MatchedEvent(
                stream: "metrics", position: Position(sequence: 1), time: Self.time(time),
                key: key == nil ? nil : ranges[0], body: ranges[1], raw: ranges[1]))
        actions.items.append(
            .forward(
                Actions.Forward(
                    request: request, destination: to, event: actions.events.count - 1,
                    prediction: lead == nil ? nil : PredictionID(17), leadMicroseconds: lead ?? 0)))
    }

    /// A prediction of web-1.
    func prediction(_ fields: [FieldPrediction], made: String, time: String, key: String = "web-1") -> Prediction {
        Prediction(
            id: PredictionID(18), request: request, series: 0, key: Array(key.utf8), slot: 11, step: 1,
            made: Self.time(made), time: Self.time(time), windowStart: Self.time(time), windowEnd: Self.time(time),
            fields: fields, matchProbability: 0.9, confidence: 0.81, baseRate: 0.2, expires: Self.time(time),
            scores: PredictionScores(), stepIndex: 0, assertion: nil, furtherAssertions: [])
    }

    /// The prediction of the number `cpu`.
    static func cpu(_ value: Double, tolerance: Double?) -> FieldPrediction {
        FieldPrediction(
            field: 0,
            content: .numeric(
                FieldPrediction.Numeric(
                    value: PrintedNumber(value, exponent: -3), low: PrintedNumber(value - 2, exponent: -1),
                    high: PrintedNumber(value + 2, exponent: -1),
                    tolerance: tolerance.map { PrintedNumber($0, exponent: -2) })))
    }

    /// The prediction of the category `level`.
    static func level(isAsserted: Bool) -> FieldPrediction {
        FieldPrediction(
            field: 1,
            content: .category(
                FieldPrediction.Category(
                    best: FieldPrediction.Category.Choice(symbol: 0, probability: 0.7), alternatives: [], rest: 0.3,
                    isAsserted: isAsserted)))
    }

    mutating func announce(_ prediction: Prediction) { actions.items.append(.announce(prediction, to: to)) }

    mutating func outcome(_ outcome: Outcome) { actions.items.append(.outcome(outcome, to: to)) }

    mutating func gap(count: Int, reason: String) {
        let gap = Actions.Gap(
            from: Position(sequence: 50), to: Position(sequence: UInt64(49 + count)), count: count, reason: reason)
        actions.items.append(.gap(gap, request: request, to: to))
    }

    /// What a renderer makes of all of it.
    func rendered(_ renderer: inout some RecordRenderer) -> String {
        var output: [UInt8] = []
        let names = manager.manager.names(stream: "metrics")!
        for action in actions.items { renderer.render(action, of: actions, names: names, into: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    /// What the manager says of the request.
    var status: (stream: StreamStatus, confidence: PredictionConfidence, buffer: BufferStatus) {
        (
            manager.manager.streamStatus("metrics")!, manager.manager.predictionConfidence(for: request)!,
            manager.manager.bufferStatus(for: request)!
        )
    }
}
