import FieldExtraction
import Forecasting
import ForetailTesting
import Testing

@testable import Foretail

@Suite("Model budget") struct ModelBudgetTests {
    private func manager(_ change: (inout Limits) -> Void) throws -> PredictiveBufferManager {
        var configuration = ManagerConfiguration()
        configuration.limits.contextBytes = 4_096
        configuration.limits.sequenceBytes = 4_096
        change(&configuration.limits)
        var manager = PredictiveBufferManager(configuration: configuration)
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("k")]
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        return manager
    }

    private func feed(_ manager: inout PredictiveBufferManager, _ count: Int, keys: Int) -> Int {
        var random = SeededGenerator(seed: 3)
        var most = 0
        var time = 1_700_000_000_000
        for number in 0..<count {
            time += 1 + random.below(4_000)
            let text = #"{"time":\#(time),"k":"k\#(number % keys)","v":\#(number % 24 + random.below(5))}"#
            _ = manager.records(EventBatch("s", [text], first: UInt64(manager.streams[0].eventsRead + 1)))
            most = max(most, manager.memory.modelBytes)
        }
        return most
    }

    @Test("no more series are kept than Limits.series")
    func series() throws {
        var manager = try manager { $0.series = 7 }
        _ = feed(&manager, 400, keys: 40)
        #expect(manager.streamStatus("s")?.series == 7)
        #expect(manager.core.seriesEvictions > 0)
    }

    @Test("what is counted is what series hold, to within what they grow by between two counts")
    func trueBytes() throws {
        var manager = try manager { _ in }
        _ = feed(&manager, 1_500, keys: 3)
        let stream = manager.streams[0]
        var held = 0
        for case let series? in stream.table.series {
            held += series.byteCount
            #expect(series.byteCount >= series.arrival.bytes + (series.forecasters.compactMap { $0 }.first?.bytes ?? 0))
        }
        let counted = manager.memory.modelBytes - stream.predicting.reduce(0) { $0 + $1.shadowBytes }
        #expect(abs(counted - held) * 20 < held, "\(counted) counted, \(held) held")
    }

    @Test("series that grow beyond the budget leave, though no new key comes")
    func growth() throws {
        let limit = 200_000
        var manager = try manager { $0.modelBytes = limit }
        _ = feed(&manager, 30, keys: 6)
        #expect(manager.streamStatus("s")?.series == 6)
        let most = feed(&manager, 3_000, keys: 6)
        #expect(manager.core.seriesEvictions > 0)
        // One series may have grown since, by at most what a training job adds.
        #expect(most < limit + 100_000, "\(most)")
    }

    @Test("a numeric field gets a forecaster with its fourth value, not before")
    func admission() throws {
        var manager = try manager { _ in }
        _ = feed(&manager, 3, keys: 1)
        #expect(manager.streams[0].table.series[0]?.forecasters.compactMap { $0 }.isEmpty == true)
        let before = manager.memory.modelBytes
        _ = feed(&manager, 1, keys: 1)
        #expect(manager.streams[0].table.series[0]?.forecasters.compactMap { $0 }.count == 1)
        #expect(manager.memory.modelBytes > before)
    }
}
