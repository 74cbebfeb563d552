import FieldExtraction
import ForetailTesting
import Testing

@testable import Foretail

@Suite("NDJSONRenderer") struct NDJSONRendererTests {
    private func manager(_ settings: PredictionSettings? = nil) throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        return manager
    }

    @Test("an event prints the producer's JSON unchanged")
    func event() throws {
        var manager = try manager()
        let text = #"{ "time":"2026-01-01 00:00:00" , "key":"a\"b", "v":1.50 }"#
        #expect(
            manager.records(EventBatch("s", [text], first: 42)) == [
                #"{"kind":"event","request":"tr_1","stream":"s","position":"0:1-42","key":"a\"b","time":"2026-01-01T00:00:00Z","event":"#
                    + text + "}"
            ])
    }

    @Test("a stream without key prints none")
    func noKey() throws {
        var manager = PredictiveBufferManager()
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: nil)
        #expect(
            manager.records(EventBatch("s", [#"{"v":1}"#])) == [
                #"{"kind":"event","request":"tr_1","stream":"s","position":"0:1-1","time":"1970-01-01T00:00:01Z","event":{"v":1}}"#
            ])
    }

    @Test("predictions and outcomes of a steady series print as docs/records.md shows")
    func golden() throws {
        var settings = PredictionSettings()
        settings.minConfidence = 0
        settings.announce = .every
        var manager = try manager(settings)
        let timeline = Timeline("aaaaaaaaaaaa")
        let values: [Double] = [10, 20, 30, 20]
        let lines = manager.records(timeline.batch(stream: "s", values: values))
        let prediction = try #require(lines.last { $0.contains(#""kind":"prediction""#) })
        #expect(
            prediction.hasPrefix(
                #"{"kind":"prediction","request":"tr_1","id":"p_11","stream":"s","key":"a","slot":13,"step":1,"time":"#),
            "\(prediction)")
        for part in [
            #""window":["2026-01-01T00:00:"#, #""fields":{"v":{"value":"#, #","low":"#, #","high":"#,
            #""matchProbability":"#,
            #","confidence":"#, #","baseRate":"#, #","expires":"2026-01-01T00:00:"#,
        ] { #expect(prediction.contains(part), "\(part) in \(prediction)") }
        let outcome = try #require(lines.last { $0.contains(#""kind":"outcome""#) })
        #expect(outcome.hasPrefix(#"{"kind":"outcome","request":"tr_1","prediction":"p_10","result":""#), "\(outcome)")
        #expect(outcome.contains(#""position":"0:1-12","lead":1"#), "\(outcome)")
        #expect(outcome.contains(#""error":{"v":"#), "\(outcome)")
    }

    @Test("a withdrawal states its reason")
    func withdrawal() throws {
        var settings = PredictionSettings()
        settings.minConfidence = 0
        var manager = try manager(settings)
        _ = manager.records(Timeline("aaa").batch(stream: "s"))
        var actions = Actions()
        try manager.removeTailRequest(TailRequestID(1), into: &actions)
        #expect(
            manager.lines(of: actions, stream: "s").allSatisfy {
                $0.contains(#""result":"withdrawn","reason":"removed"}"#)
            })
        #expect(!actions.items.isEmpty)
    }

    @Test("a gap names both ends, the count and the reason")
    func gap() throws {
        var manager = try manager()
        var actions = Actions()
        let gap = Actions.Gap(
            from: Position(sequence: 50), to: Position(sequence: 59), count: 10, reason: "retention")
        manager.noteGap(stream: "s", gap, into: &actions)
        #expect(
            manager.lines(of: actions, stream: "s") == [
                #"{"kind":"gap","request":"tr_1","from":"0:1-50","to":"0:1-59","count":10,"reason":"retention"}"#
            ])
    }
}
