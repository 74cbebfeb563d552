import FieldExtraction
import Foretail
import ForetailTesting
import Testing

@Suite("Timeline") struct TimelineTests {
    @Test("each character is a second, brackets are one")
    func reads() {
        let timeline = Timeline("a--(bc) -|", start: Timestamp(microseconds: 0))
        #expect(timeline.events.map(\.key) == ["a", "b", "c"])
        #expect(timeline.events.map { $0.time.microseconds / 1_000_000 } == [0, 3, 3])
        #expect(timeline.isEnded)
        #expect(timeline.end.microseconds == 5_000_000)
    }

    @Test("actions read as marks: a beat that stops is missed")
    func renders() throws {
        var settings = PredictionSettings()
        settings.minConfidence = 0
        settings.trivial = true
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        var actions = Actions()
        let timeline = Timeline("aaa-------b|")
        manager.process(.events(timeline.batch(stream: "s")), now: timeline.end, into: &actions)
        manager.endOfInput(stream: "s", into: &actions)
        let marks = Timeline.render(actions)
        #expect(marks.hasPrefix("a a ?a1 a +a1 ?a1 ~a1 b"), "\(marks)")
    }
}
