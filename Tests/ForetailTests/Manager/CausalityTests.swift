import FieldExtraction
import Forecasting
import ForetailTesting
import Testing

@testable import Foretail

@Suite("Causality") struct CausalityTests {
    private func lines(_ values: [Double], count: Int) throws -> [String] {
        var settings = PredictionSettings()
        settings.steps = [1, 2, 7]
        settings.minConfidence = 0
        settings.announce = .every
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        _ = try manager.registerTailRequest(
            streamName: "s", filter: "event.v > 15", destination: DestinationID(1), prediction: settings)
        var output: [String] = []
        let texts = Timeline(String(repeating: "ab", count: values.count / 2)).texts(values: values)
        for number in 0..<count {
            var actions = Actions()
            let batch = EventBatch("s", [texts[number]], first: UInt64(number + 1))
            manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
            output += manager.lines(of: actions, stream: "s")
            for case .train(let training) in actions.items {
                manager.process(
                    .trained(id: training.id, training.job.run()), now: Timestamp(microseconds: 0), into: &actions)
            }
        }
        return output
    }

    @Test("altering the future leaves every earlier record byte-identical", arguments: [3, 40, 150, 199])
    func futureDoesNotMatter(cut: Int) throws {
        let values = (0..<200).map { Double(10 + $0 % 7 * 3) }
        var altered = values
        for index in cut..<altered.count { altered[index] = Double(index * index % 1_009) }
        let past = try lines(values, count: cut)
        #expect(try lines(altered, count: cut) == past)
        #expect(Array(try lines(altered, count: 200).prefix(past.count)) == past)
    }
}
