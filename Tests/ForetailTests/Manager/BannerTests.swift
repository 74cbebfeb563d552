import FieldExtraction
import Testing

@testable import Foretail

@Suite("Banner") struct BannerTests {
    private func times(_ lines: [String]) throws -> [Timestamp] {
        var manager = PredictiveBufferManager(configuration: .init(seed: 1))
        try manager.describeStream(StreamDescriptor(name: "s"))
        _ = try manager.registerTailRequest(
            streamName: "s", filter: nil, destination: DestinationID(1), prediction: PredictionSettings())
        let reader = LogLineReader()
        var batch = EventBatch(stream: "s")
        for (index, line) in lines.enumerated() {
            var event: [UInt8] = []
            if line.hasPrefix("{") {
                event = Array(line.utf8)
            } else {
                Array(line.utf8).withUnsafeBufferPointer { reader.append($0, to: &event) }
            }
            batch.append(String(decoding: event, as: UTF8.self), at: Position(sequence: UInt64(index + 1)))
        }
        var actions = Actions()
        manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
        return actions.events.map(\.time)
    }

    @Test("a log that begins with a banner is timed by its stamps")
    func banner() throws {
        let stamped = (10..<60).map { "2015-10-18 18:01:\($0),978 INFO [main] a.b.C: went well" }
        let lines = ["starting up", "version two"] + stamped
        let times = try times(lines)
        #expect(times.count == 52)
        #expect(times[51].microseconds - times[50].microseconds == 1_000_000)
        #expect(times[2].microseconds > 1_400_000_000_000_000)
    }

    @Test("a text among events that are none has no say in where the time stands")
    func stray() throws {
        let events = (0..<8).map { #"{"v":\#($0)}"# }
        let times = try times(events + ["2015-10-18 18:01:10,978 INFO [main] a.b.C: went well"] + events)
        #expect(times.last?.microseconds == 17_000_000)
    }

    @Test("lines without any time are timed by their order")
    func order() throws {
        let times = try times((0..<40).map { "line \($0) of some text" })
        #expect(times[39].microseconds - times[38].microseconds == 1_000_000)
    }
}
