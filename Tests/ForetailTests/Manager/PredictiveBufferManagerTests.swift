import FieldExtraction
import FilterLanguage
import ForetailTesting
import Testing

@testable import Foretail

@Suite("PredictiveBufferManager") struct PredictiveBufferManagerTests {
    private func error(_ body: () throws(ForetailError) -> Void) -> ForetailError? {
        do throws(ForetailError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("a strict stream takes nothing more after a bad event, not in later batches either")
    func strict() throws {
        var descriptor = StreamDescriptor(name: "s")
        descriptor.stopsAtBadEvents = true
        var manager = PredictiveBufferManager()
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(0), prediction: nil)
        var actions = Actions()
        var sequence: UInt64 = 0
        for texts in [[#"{"v":1}"#, "{"], [#"{"v":2}"#]] {
            var batch = EventBatch(stream: "s")
            for text in texts {
                sequence += 1
                batch.append(text, at: Position(sequence: sequence))
            }
            manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
        }
        #expect(actions.events.map(\.position.sequence) == [1])
    }

    @Test("a removed stream begins anew, with another key and none of its requests")
    func removeStream() throws {
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("host")]
        var manager = PredictiveBufferManager()
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        var actions = Actions()
        var batch = EventBatch(stream: "s")
        for sequence in 1...50 {
            batch.append(#"{"host":"a","v":\#(sequence)}"#, at: Position(sequence: UInt64(sequence)))
        }
        manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
        #expect(manager.lastPosition(stream: "s") == Position(sequence: 50))
        #expect(manager.memory.modelBytes > 0)

        manager.removeStream("s", into: &actions)
        #expect(manager.tailRequests.isEmpty)
        #expect(manager.memory.modelBytes == 0)
        #expect(manager.streamStatus("s") == nil)

        try manager.describeStream(StreamDescriptor(name: "s"))
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(2), prediction: nil)
        actions.removeAll()
        manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
        #expect(actions.events.count == 50)
        #expect(actions.events.allSatisfy { $0.key == nil })
    }

    @Test("a wrong filter names the column, and registers nothing")
    func badFilter() {
        var manager = PredictiveBufferManager()
        let error = error { () throws(ForetailError) in
            _ = try manager.registerTailRequest(streamName: "s", filter: "event.v > ", destination: DestinationID(1))
        }
        #expect(error?.code == .badFilter)
        #expect(error?.message.contains("column") == true, "\(error?.message ?? "")")
        #expect(manager.tailRequests.isEmpty)
    }

    @Test("settings outside their range name the setting and the range")
    func badSettings() {
        let changes: [(String, (inout PredictionSettings) -> Void)] = [
            ("steps", { $0.steps = [] }), ("steps", { $0.steps = [2, 1] }), ("steps", { $0.steps = [0] }),
            ("steps", { $0.steps = [5_000] }), ("minConfidence", { $0.minConfidence = 1.5 }),
            ("minConfidence", { $0.minConfidence = .nan }), ("alternatives", { $0.alternatives = -1 }),
            ("ttl", { $0.timeToLiveMicroseconds = 0 }), ("tolerance of v", { $0.tolerances = ["v": .absolute(-1)] }),
            ("tolerance of v", { $0.tolerances = ["v": .percent(.nan)] }),
        ]
        for (name, change) in changes {
            var manager = PredictiveBufferManager()
            var settings = PredictionSettings()
            change(&settings)
            let error = error { () throws(ForetailError) in
                _ = try manager.registerTailRequest(
                    streamName: "s", destination: DestinationID(1), prediction: settings)
            }
            #expect(error?.code == .badSetting, "\(name)")
            #expect(error?.message.hasPrefix(name) == true, "\(error?.message ?? "accepted")")
            #expect(error?.message.contains("expected") == true)
        }
    }

    @Test("limits on requests and streams are stated with their remedy")
    func limits() throws {
        var limits = Limits()
        limits.requests = 1
        limits.streams = 1
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        let requests = error { () throws(ForetailError) in
            _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        }
        #expect(requests?.code == .limit && requests?.message.contains("Limits.requests") == true)
        let streams = error { () throws(ForetailError) in try manager.describeStream(StreamDescriptor(name: "t")) }
        #expect(streams?.code == .limit && streams?.message.contains("Limits.streams") == true)
    }

    @Test("an unknown request is named, and the remedy with it")
    func unknownRequest() throws {
        var manager = PredictiveBufferManager()
        var actions = Actions()
        let id = TailRequestID(9)
        let update = error { () throws(ForetailError) in try manager.updateTailRequest(id, filter: nil) }
        let removal = error { () throws(ForetailError) in try manager.removeTailRequest(id, into: &actions) }
        for error in [update, removal] {
            #expect(error?.code == .unknownRequest)
            #expect(error?.message.contains("tr_9") == true && error?.message.contains("tailRequests") == true)
        }
        #expect(manager.predictionConfidence(for: id) == nil)
        #expect(manager.bufferStatus(for: id) == nil)
        #expect(manager.tailRequest(id) == nil)
    }

    @Test("a stream in use cannot be described again")
    func describeTwice() throws {
        var manager = PredictiveBufferManager()
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        let error = error { () throws(ForetailError) in try manager.describeStream(StreamDescriptor(name: "s")) }
        #expect(error?.code == .badSetting)
        #expect(error?.message.contains("'s'") == true)
    }

    @Test("a wrong update changes nothing: filter, predictions, group")
    func wrongUpdate() throws {
        var settings = PredictionSettings()
        settings.minConfidence = 0
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        let id = try manager.registerTailRequest(
            streamName: "s", filter: "event.v > 5", destination: DestinationID(1), prediction: settings)
        _ = manager.records(Timeline("aaaaaa").batch(stream: "s", values: [7]))
        let before = manager.livePredictions(of: id).map(\.id)
        #expect(!before.isEmpty)
        var actions = Actions()
        #expect(throws: ForetailError.self) { try manager.updateTailRequest(id, filter: "event.v >", into: &actions) }
        #expect(actions.items.isEmpty)
        #expect(manager.livePredictions(of: id).map(\.id) == before)
        #expect(manager.tailRequest(id)?.filter?.source == "event.v > 5")
    }

    @Test("ids are never reused")
    func idsAreUnique() throws {
        var manager = PredictiveBufferManager()
        var actions = Actions()
        let first = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        try manager.removeTailRequest(first, into: &actions)
        let second = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        #expect(second > first)
        #expect(manager.tailRequests == [second])
    }

    @Test("an update takes effect with the next batch, and withdraws what is open")
    func update() throws {
        var settings = PredictionSettings()
        settings.minConfidence = 0
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        let id = try manager.registerTailRequest(
            streamName: "s", filter: "event.v > 5", destination: DestinationID(1), prediction: settings)
        _ = manager.records(Timeline("aaaaaa").batch(stream: "s", values: [7]))
        var actions = Actions()
        try manager.updateTailRequest(id, filter: "event.v < 5", into: &actions)
        #expect(Timeline.render(actions) == "/a1")
        actions.removeAll()
        let later = Timeline("a", start: Timestamp(microseconds: 1_767_225_620_000_000))
        manager.process(
            .events(later.batch(stream: "s", firstSequence: 50, values: [7])), now: later.end, into: &actions)
        #expect(!Timeline.render(actions).split(separator: " ").contains("a"))
    }

    @Test("a filter on the key field predicts the keys it names")
    func keyFilter() throws {
        var settings = PredictionSettings()
        settings.trivial = true
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        let id = try manager.registerTailRequest(
            streamName: "s", filter: #"event.key == "a""#, destination: DestinationID(1), prediction: settings)
        _ = manager.records(Timeline(String(repeating: "ab", count: 60)).batch(stream: "s", values: [1, 2]))
        let live = manager.livePredictions(of: id)
        #expect(!live.isEmpty)
        #expect(live.allSatisfy { $0.key == Array("a".utf8) && $0.matchProbability > 0.8 })
    }

    @Test("a prediction larger than the whole budget is refused and evicts nobody")
    func hopelessPrediction() throws {
        var limits = Limits()
        limits.bufferBytes = 376
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        var settings = PredictionSettings()
        settings.minConfidence = 0
        for name in ["slim", "wide"] {
            try manager.describeStream(Timeline.descriptor(name))
            _ = try manager.registerTailRequest(
                streamName: name, destination: DestinationID(1), prediction: settings)
        }
        _ = manager.records(Timeline("aa").batch(stream: "slim"))
        #expect(manager.livePredictions(of: TailRequestID(1)).count == 1)
        _ = manager.records(Timeline("aaaaaa").batch(stream: "wide", values: [1, 2]))
        #expect(manager.livePredictions(of: TailRequestID(1)).count == 1)
        #expect((manager.bufferStatus(for: TailRequestID(2))?.refusals ?? 0) > 0)
    }

    @Test("eviction takes from requests above their fair share only")
    func fairShare() throws {
        var limits = Limits()
        limits.bufferBytes = 368 * 4
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        var settings = PredictionSettings()
        settings.minConfidence = 0
        for name in ["small", "large"] {
            try manager.describeStream(Timeline.descriptor(name))
            _ = try manager.registerTailRequest(
                streamName: name, destination: DestinationID(1), prediction: settings)
        }
        _ = manager.records(Timeline("(ab)(ab)").batch(stream: "small"))
        let small = manager.livePredictions(of: TailRequestID(1)).count
        #expect(small > 0)
        _ = manager.records(Timeline("(abcdef)(abcdef)").batch(stream: "large"))
        #expect(manager.livePredictions(of: TailRequestID(1)).count == small)
        #expect((manager.bufferStatus(for: TailRequestID(2))?.evictions ?? 0) > 0)
        #expect(manager.memory.bufferBytes <= limits.bufferBytes)
    }

    @Test("many requests of one account get no more of the buffer than one of another")
    func accounts() throws {
        var limits = Limits()
        limits.bufferBytes = 368 * 6
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        var settings = PredictionSettings()
        settings.minConfidence = 0
        for (name, requests) in [("small", 1), ("large", 20)] {
            try manager.describeStream(Timeline.descriptor(name))
            for _ in 0..<requests {
                _ = try manager.registerTailRequest(
                    streamName: name, destination: DestinationID(1), prediction: settings)
            }
        }
        _ = manager.records(Timeline("(ab)(ab)").batch(stream: "small"))
        let small = manager.livePredictions(of: TailRequestID(1)).count
        #expect(small > 0)
        _ = manager.records(Timeline("(abcdef)(abcdef)").batch(stream: "large"))
        #expect(manager.livePredictions(of: TailRequestID(1)).count == small)
        #expect(manager.memory.bufferBytes <= limits.bufferBytes)
    }
}
