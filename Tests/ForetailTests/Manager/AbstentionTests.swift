import FieldExtraction
import ForetailTesting
import Testing

@testable import Foretail

/// What must not be announced: the obvious, and the unknowable.
@Suite("Abstention") struct AbstentionTests {
    private func run(_ texts: [String], steps: [Int] = [1]) throws -> (
        announced: Int, hits: Int, status: PredictionConfidence?
    ) {
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        var settings = PredictionSettings()
        settings.steps = steps
        let id = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        let lines = manager.records(EventBatch("s", texts))
        return (
            lines.count { $0.contains(#""kind":"prediction""#) }, lines.count { $0.contains(#""lead""#) },
            manager.predictionConfidence(for: id)
        )
    }

    @Test("a constant heartbeat is trivial: not announced, no hit")
    func heartbeat() throws {
        let texts = Timeline(String(repeating: "a", count: 400)).texts(values: [1])
        let result = try run(texts)
        // The first announcements come before the past can tell that they are nothing.
        #expect(result.announced <= 8, "\(result.announced) announced")
        #expect(result.hits <= 8)
    }

    @Test(
        "white noise at a steady pace is announced for under 1 % of events", arguments: [1, 2, 3] as [UInt64],
        [[1], Array(1...12)])
    func noise(seed: UInt64, steps: [Int]) throws {
        var random = SeededGenerator(seed: seed)
        let values = (0..<2_000).map { _ in (random.unit() * 10_000).rounded() / 100 }
        let texts = Timeline(String(repeating: "a", count: values.count)).texts(values: values)
        let result = try run(texts, steps: steps)
        #expect(result.announced < texts.count / 100, "\(result.announced) of \(texts.count) announced")
    }

    @Test("a plain alternation is learned and announced before it comes")
    func alternation() throws {
        let texts = Timeline(String(repeating: "a", count: 400)).texts(values: [10, 20, 40, 15, 30])
        let result = try run(texts)
        #expect(result.hits > 100, "\(result.hits) hits of 400")
        #expect((result.status?.confidence ?? 0) > 0.4)
    }
}
