import FieldExtraction
import Forecasting
import Testing

@testable import Foretail

@Suite("Tier of the numeric models") struct ForecastTierTests {
    private func manager(_ limits: Limits) throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        var settings = PredictionSettings()
        settings.announce = .every
        settings.minConfidence = 0
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        return manager
    }

    private func batch(_ range: Range<Int>) -> EventBatch {
        EventBatch("s", range.map { "{\"v\":\(($0 * $0) % 97)}" }, first: UInt64(range.lowerBound + 1))
    }

    @Test("lite forecasts with fewer models, in less memory, and goes on from its own snapshots only")
    func lite() throws {
        var limits = Limits()
        var standard = try manager(limits)
        limits.forecastTier = .lite
        var lite = try manager(limits)
        let rich = standard.records(batch(0..<400))
        let plain = lite.records(batch(0..<400))
        #expect(rich.count == plain.count && rich != plain)
        let bytes = (lite.memory.modelBytes, standard.memory.modelBytes)
        #expect(bytes.0 < bytes.1)

        let snapshot = try lite.snapshot(stream: "s")
        var again = try manager(limits)
        var actions = Actions()
        try again.restore(snapshot, stream: "s", into: &actions)
        var other = try manager(Limits())
        do throws(ForetailError) {
            try other.restore(snapshot, stream: "s", into: &actions)
            Issue.record("a snapshot of another tier was accepted")
        } catch {
            #expect(error.code == .snapshot)
        }
    }
}
