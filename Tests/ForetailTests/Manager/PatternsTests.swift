import FieldExtraction
import Forecasting
import ForetailTesting
import Testing

@testable import Foretail

@Suite("Patterns of a stream") struct PatternsTests {
    /// Hourly events of two hosts: one works from nine to three, the other seldom says anything.
    private func manager() throws -> PredictiveBufferManager {
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("host")]
        descriptor.time = FieldPath("time")
        var manager = PredictiveBufferManager()
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        let texts = (0..<1_000).map { hour in
            let isBusy = (9..<15).contains(hour % 24)
            let host = hour % 10 == 3 ? "b" : "a"
            return
                #"{"time":\#(1_767_225_600 + hour * 3_600),"host":"\#(host)","cpu":\#((isBusy ? 85 : 40) + hour % 7),"#
                + #""mode":"\#(isBusy ? "day" : "night")"}"#
        }
        _ = manager.records(EventBatch("s", texts))
        return manager
    }

    @Test("The busiest series come first, with the patterns of their fields")
    func busiest() throws {
        let found = try #require(try manager().patterns(stream: "s"))
        #expect(found.map(\.key) == ["a", "b"])
        #expect(found.map(\.eventCount) == [900, 100])
        let cpu = try #require(found[0].fields.first { $0.name == "cpu" })
        #expect(cpu.summary.kind == .count)
        let mode = try #require(found[0].fields.first { $0.name == "mode" })
        #expect(mode.summary.kind == .categorical && mode.summary.valueCount == 2)
        #expect(mode.numeric == nil)
    }

    @Test("A stream without a key shows its day")
    func day() throws {
        var descriptor = StreamDescriptor(name: "s")
        descriptor.time = FieldPath("time")
        var manager = PredictiveBufferManager()
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        let texts = (0..<1_000).map { hour in
            let isBusy = (9..<15).contains(hour % 24)
            return #"{"time":\#(1_767_225_600 + hour * 3_600),"cpu":\#((isBusy ? 85 : 40) + hour % 7)}"#
        }
        _ = manager.records(EventBatch("s", texts))
        let series = try #require(manager.patterns(stream: "s")?.first)
        #expect(series.arrival?.grid?.stepMicroseconds == 3_600_000_000)
        let season = try #require(series.fields.first?.numeric?.seasons.first)
        #expect(season.periodEvents == 24 && season.calendar == .day)
        #expect(season.strength > 0.9)
    }

    @Test("A bound on the series is kept, and an unknown stream has no patterns")
    func bounds() throws {
        let manager = try manager()
        #expect(manager.patterns(stream: "s", most: 1)?.count == 1)
        #expect(manager.patterns(stream: "s", most: 0)?.isEmpty == true)
        #expect(manager.patterns(stream: "t") == nil)
    }
}
