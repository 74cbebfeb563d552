import FieldExtraction
import Testing

@testable import Foretail

@Suite("Coverage") struct CoverageTests {
    private func manager() throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager()
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("host")]
        try manager.describeStream(descriptor)
        return manager
    }

    /// Sends one event for each of five hosts, `rounds` times, and returns the actions.
    private func send(_ rounds: Range<Int>, to manager: inout PredictiveBufferManager) -> Actions {
        var actions = Actions()
        for round in rounds {
            for host in 0..<5 {
                var batch = EventBatch(stream: "s")
                batch.append(
                    "{\"host\":\"h\(host)\",\"v\":\(round % 4)}", at: Position(sequence: UInt64(round * 5 + host + 1)))
                manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
            }
        }
        return actions
    }

    private func settings() -> PredictionSettings {
        var settings = PredictionSettings()
        settings.announce = .every
        settings.minConfidence = 0
        return settings
    }

    @Test("Only the keys that a predicting request reaches are learned; every match is forwarded")
    func reach() throws {
        var manager = try manager()
        let id = try manager.registerTailRequest(
            streamName: "s", filter: #"event.host == "h3" && event.v >= 2"#, destination: DestinationID(1),
            prediction: settings())
        let tail = try manager.registerTailRequest(
            streamName: "s", filter: "event.v >= 2", destination: DestinationID(2), prediction: nil)
        let actions = send(0..<40, to: &manager)
        #expect(manager.streamStatus("s")?.series == 1)
        #expect(actions.announcements.allSatisfy { $0.key == Array("h3".utf8) })
        #expect(actions.announcements.count > 30)
        #expect(actions.forwards(to: id) == 20)
        #expect(actions.forwards(to: tail) == 100)
    }

    @Test("A filter that is updated reaches further from the next batch on, and the old models stay")
    func update() throws {
        var manager = try manager()
        let id = try manager.registerTailRequest(
            streamName: "s", filter: #"event.host == "h3""#, destination: DestinationID(1), prediction: settings())
        _ = send(0..<10, to: &manager)
        try manager.updateTailRequest(id, filter: "event.v >= 2")
        let wide = send(10..<20, to: &manager)
        #expect(manager.streamStatus("s")?.series == 5)
        #expect(wide.forwards(to: id) == 30)
        try manager.updateTailRequest(id, filter: #"event.host in ["h1", "h2"]"#)
        let narrow = send(20..<30, to: &manager)
        #expect(Set(narrow.announcements.map(\.key)) == [Array("h1".utf8), Array("h2".utf8)])
        #expect(narrow.forwards(to: id) == 20)
    }

    @Test("What is due ends when the stream's clock passes it, though its own key is silent")
    func silentKey() throws {
        var manager = try manager()
        let id = try manager.registerTailRequest(
            streamName: "s", filter: #"event.host == "h3""#, destination: DestinationID(1), prediction: settings())
        _ = send(0..<10, to: &manager)
        #expect(manager.livePredictions(of: id).count == 1)
        var actions = Actions()
        for sequence in 100..<140 {
            var batch = EventBatch(stream: "s")
            batch.append(#"{"host":"h1","v":1}"#, at: Position(sequence: UInt64(sequence)))
            manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
        }
        #expect(manager.livePredictions(of: id).isEmpty)
        #expect(actions.outcomes.map(\.result) == [.expired])
    }

    @Test("A request keeps its place among the others when its filter changes")
    func order() throws {
        for filter in ["event.v > 0", #"event.host == "h1""#] as [FilterText] {
            var manager = try manager()
            var ids: [TailRequestID] = []
            for _ in 0..<3 {
                ids.append(
                    try manager.registerTailRequest(streamName: "s", filter: filter, destination: DestinationID(1)))
            }
            try manager.updateTailRequest(ids[0], filter: #"event.host == "h1" && event.v > 1"#)
            try manager.updateTailRequest(ids[0], filter: filter)
            var actions = Actions()
            let batch = EventBatch("s", [#"{"host":"h1","v":5}"#])
            manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
            let order = actions.items.compactMap { if case .forward(let forward) = $0 { forward.request } else { nil } }
            #expect(order == ids)
        }
    }
}

extension Actions {
    fileprivate var announcements: [Prediction] {
        items.compactMap { if case .announce(let prediction, _) = $0 { prediction } else { nil } }
    }

    fileprivate var outcomes: [Outcome] {
        items.compactMap { if case .outcome(let outcome, _) = $0 { outcome } else { nil } }
    }

    fileprivate func forwards(to id: TailRequestID) -> Int {
        items.count { if case .forward(let forward) = $0 { forward.request == id } else { false } }
    }
}
