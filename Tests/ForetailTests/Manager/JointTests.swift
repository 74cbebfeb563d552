import FieldExtraction
import FilterLanguage
import Testing

@testable import Foretail

@Suite("Joint predictions") struct JointTests {
    /// The predictions that follow each of so many events.
    private func run(
        filter: String? = nil, settings: PredictionSettings, count: Int = 1_500,
        event: (Int, inout UInt64) -> (seconds: Double, members: String)
    ) throws -> (predictions: [Prediction], status: BufferStatus) {
        var manager = PredictiveBufferManager(configuration: .init(seed: 1))
        var descriptor = StreamDescriptor(name: "s")
        descriptor.time = FieldPath("t")
        try manager.describeStream(descriptor)
        let id = try manager.registerTailRequest(
            streamName: "s", filter: filter.map { FilterText($0) }, destination: DestinationID(1), prediction: settings)
        var state: UInt64 = 7
        var time = 1.7e9
        var batch = EventBatch(stream: "s")
        for index in 0..<count {
            let (seconds, members) = event(index, &state)
            time += seconds
            batch.append(#"{"t":\#(time),\#(members)}"#, at: Position(sequence: UInt64(index + 1)))
        }
        var actions = Actions()
        manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
        let predictions = actions.items.compactMap { if case .announce(let made, _) = $0 { made } else { nil } }
        let status = manager.bufferStatus(for: id)
        return (predictions, try #require(status))
    }

    /// A fair coin.
    private func coin(_ state: inout UInt64) -> Bool {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 63 == 1
    }

    private func settings(minConfidence: Double = 0) -> PredictionSettings {
        var settings = PredictionSettings()
        settings.minConfidence = minConfidence
        settings.announce = .every
        return settings
    }

    @Test("The window is that of what is expected to come")
    func windows() throws {
        // A short rest after work, a long one after sleep; irregular enough to be no beat.
        let made = try run(settings: settings()) { index, state in
            let jitter = coin(&state) ? 1.1 : 0.9
            return index % 2 == 0 ? (100 * jitter, #""s":"work""#) : (2 * jitter, #""s":"sleep""#)
        }
        let late = made.predictions.suffix(100)
        let short = late.filter { $0.time.microseconds - $0.made.microseconds < 10_000_000 }
        #expect(short.count == 50)
        for prediction in short {
            #expect(prediction.windowEnd.microseconds - prediction.made.microseconds < 3_000_000)
        }
        for prediction in late where prediction.time.microseconds - prediction.made.microseconds > 10_000_000 {
            #expect(prediction.windowStart.microseconds - prediction.made.microseconds > 80_000_000)
        }
    }

    @Test("Numbers are those of what is expected to come")
    func numbers() throws {
        let made = try run(settings: settings()) { index, state in
            let jitter = coin(&state) ? 1.0 : 0.0
            // Four steps with sizes of their own; some are left out, so that no season can tell them.
            let step = ["a", "b", "c", "d"][(index + (index / 37)) % 4]
            let size = ["a": 10.0, "b": 5_000, "c": 200, "d": 90_000][step]! + jitter
            return (1, #""s":"\#(step)","v":\#(size)"#)
        }
        var errors: [Double] = []
        for prediction in made.predictions.suffix(400) {
            for field in prediction.fields {
                guard case .numeric(let number) = field.content else { continue }
                let nearest = [10.5, 5_000.5, 200.5, 90_000.5].map { abs($0 - number.value.value) }.min()!
                errors.append(nearest)
            }
        }
        #expect(errors.count == 400)
        #expect(errors.sorted()[360] < 5, "nine in ten are one of the four sizes: \(errors.sorted()[360])")
    }

    @Test("What goes together in events does so in the samples that a filter is predicted from")
    func together() throws {
        let made = try run(
            filter: #"event.a == "x" && event.b == "x" && event.tags.exists(tag, tag == "red")"#, settings: settings()
        ) { _, state in
            let isX = coin(&state)
            let name = isX ? "x" : "y"
            return (1, #""a":"\#(name)","b":"\#(name)","tags":["\#(isX ? "red" : "blue")"]"#)
        }
        let probabilities = made.predictions.suffix(200).map(\.matchProbability)
        let mean = probabilities.reduce(0, +) / Double(probabilities.count)
        // Drawn apart, the three would match one time in eight.
        #expect(mean > 0.4 && mean < 0.6, "\(mean)")
    }

    @Test("Likely alternatives are staged beside the value that is printed, and counted when they come")
    func alternatives() throws {
        let made = try run(settings: settings()) { index, state in
            let (first, second) = (coin(&state), coin(&state))
            return (1, #""s":"\#(index % 2 == 0 ? "start" : first || second ? "often" : "seldom")""#)
        }
        let last = try #require(made.predictions.last)
        let before = made.predictions[made.predictions.count - 2]
        #expect(last.alternatives.isEmpty != before.alternatives.isEmpty, "every other one has an alternative")
        #expect(
            made.status.alternativeHits > 120 && made.status.alternativeHits < 250, "\(made.status.alternativeHits)")
    }
}
