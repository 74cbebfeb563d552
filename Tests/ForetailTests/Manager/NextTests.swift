import FieldExtraction
import Forecasting
import ForetailTesting
import Testing

@testable import Foretail

@Suite("Next") struct NextTests {
    /// A manager that has seen `minutes` events of `web`, one a minute, whose value is 10, 20, 30, 10, …; and the last one's time.
    private struct Watched: ~Copyable {
        var manager = PredictiveBufferManager()
        let id: TailRequestID
        let last = Timestamp(microseconds: 119 * 60_000_000)

        init(
            steps: [Int] = [1, 2, 3], filter: FilterText? = nil, isLive: Bool = false,
            _ change: (inout PredictionSettings) -> Void = { _ in }
        ) throws {
            var descriptor = StreamDescriptor(name: "s")
            descriptor.key = [FieldPath("host")]
            descriptor.time = FieldPath("at")
            descriptor.isLive = isLive
            try manager.describeStream(descriptor)
            var settings = PredictionSettings()
            settings.steps = steps
            settings.predict = [FieldPath("v")]
            change(&settings)
            id = try manager.registerTailRequest(
                streamName: "s", filter: filter, destination: DestinationID(0), prediction: settings)
            let events = (0..<120).map { #"{"at":\#($0 * 60),"host":"web","v":\#(10 + $0 % 3 * 10)}"# }
            _ = manager.records(EventBatch("s", events), now: last)
        }

        mutating func next(
            _ key: String = "web", in seconds: Int64, later: Int64 = 0
        ) throws(ForetailError) -> NextPrediction {
            try manager.next(
                for: id, key: key, inMicroseconds: seconds * 1_000_000,
                now: Timestamp(microseconds: last.microseconds + later * 1_000_000))
        }

        mutating func refusal(_ key: String = "web", in seconds: Int64, later: Int64 = 0) -> ForetailError? {
            do throws(ForetailError) {
                _ = try next(key, in: seconds, later: later)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test("A request that is younger than a key's last event can ask for it, filter or not")
    func youngRequest() throws {
        var watched = try Watched()
        var settings = PredictionSettings()
        settings.steps = [1, 2, 3]
        settings.predict = [FieldPath("v")]
        let young = try watched.manager.registerTailRequest(
            streamName: "s", filter: "event.v > 10", destination: DestinationID(1), prediction: settings)
        let now = watched.last
        #expect(throws: Never.self) {
            try watched.manager.next(for: young, key: "web", inMicroseconds: 60_000_000, now: now)
        }
    }

    @Test(
        "of the asked steps it is the one expected nearest, the earlier one of two that are as near",
        arguments: [(0, 1), (60, 1), (89, 1), (90, 1), (91, 2), (120, 2), (180, 3), (209, 3)] as [(Int64, Int)])
    func nearest(seconds: Int64, step: Int) throws {
        var watched = try Watched()
        let next = try watched.next(in: seconds)
        #expect(next.step == step)
        #expect(next.time.microseconds == watched.last.microseconds + Int64(step) * 60_000_000)
        #expect(next.made == watched.last)
        let number = try #require(next.number(field: 0))
        // The 120th value was 30.
        #expect(abs(number.value.value - Double(step * 10)) < 1)
        #expect(number.low.value <= number.value.value && number.value.value <= number.high.value)
        #expect(next.confidence <= next.matchProbability)
    }

    @Test("it is told whether it was announced or not, and without what decides an outcome")
    func unannounced() throws {
        var watched = try Watched { $0.minConfidence = 1 }
        #expect(watched.manager.livePredictions(of: watched.id).isEmpty)
        let next = try watched.next(in: 60)
        #expect(next.number(field: 0) != nil)
        #expect(next.number(field: 0)?.tolerance == nil)
    }

    @Test("only steps that are asked for are told")
    func sparse() throws {
        var watched = try Watched(steps: [1, 10])
        #expect(try watched.next(in: 300).step == 1)
        #expect(try watched.next(in: 360).step == 10)
    }

    @Test("beyond the furthest step it is refused, with the step that reaches")
    func tooFar() throws {
        var watched = try Watched()
        let error = watched.refusal(in: 600)
        #expect(error?.code == .tooFarAhead)
        #expect(error?.message.contains("a request with step 10 reaches further") == true)
        #expect(error?.message.contains("1970-01-01T02:02:00Z") == true)
        let never = watched.refusal(in: 1_000_000_000)
        #expect(never?.code == .tooFarAhead)
        #expect(never?.message.contains("no step up to") == true)
        #expect(watched.refusal(in: .max / 1_000_000)?.code == .tooFarAhead)
        #expect(watched.refusal(in: -1)?.code == .badSetting)
    }

    @Test("an unknown key is named; a stream without a key says that it has none")
    func unknownKey() throws {
        var watched = try Watched()
        let error = watched.refusal("db", in: 60)
        #expect(error?.code == .unknownKey)
        #expect(error?.message.contains("'db'") == true)
        var manager = PredictiveBufferManager()
        let id = try manager.registerTailRequest(streamName: "t", destination: DestinationID(0))
        _ = manager.records(EventBatch("t", [#"{"time":1,"v":1}"#, #"{"time":2,"v":1}"#]))
        #expect(throws: ForetailError.self) {
            try manager.next(for: id, key: "web", inMicroseconds: 1, now: Timestamp(microseconds: 0))
        }
        let next = try manager.next(for: id, key: "", inMicroseconds: 1_000_000, now: Timestamp(microseconds: 0))
        #expect(next.time == Timestamp(microseconds: 3_000_000))
    }

    @Test("a key that the request's filter cannot match is none of its keys")
    func outOfReach() throws {
        var watched = try Watched(filter: #"meta.key == "db""#)
        #expect(watched.refusal(in: 60)?.code == .unknownKey)
    }

    @Test("a request without predictions, and one that is not there, are refused")
    func noPredictions() throws {
        var manager = PredictiveBufferManager()
        let id = try manager.registerTailRequest(streamName: "s", destination: DestinationID(0), prediction: nil)
        for (request, code) in [(id, ForetailError.Code.badSetting), (TailRequestID(9), .unknownRequest)] {
            do throws(ForetailError) {
                _ = try manager.next(for: request, key: "", inMicroseconds: 0, now: Timestamp(microseconds: 0))
                Issue.record("it was told")
            } catch {
                #expect(error.code == code)
            }
        }
    }

    @Test("before a key's second event nothing is known of its time")
    func young() throws {
        var manager = PredictiveBufferManager()
        let id = try manager.registerTailRequest(streamName: "s", destination: DestinationID(0))
        _ = manager.records(EventBatch("s", [#"{"time":1,"v":1}"#]))
        do throws(ForetailError) {
            _ = try manager.next(for: id, key: "", inMicroseconds: 0, now: Timestamp(microseconds: 0))
            Issue.record("it was told")
        } catch {
            #expect(error.code == .notPredicted)
        }
    }

    @Test("on a silent live stream time goes on, until all that was expected is over")
    func silence() throws {
        var watched = try Watched(isLive: true)
        #expect(try watched.next(in: 30).step == 1)
        // A second of grace.
        #expect(try watched.next(in: 30, later: 91).step == 2)
        let error = watched.refusal(in: 60, later: 3_600)
        #expect(error?.code == .notPredicted)
        #expect(error?.message.contains("silent since 1970-01-01T01:59:00Z") == true)
    }

    @Test("the filter is asked of the key that is asked for, not of the one that came last", arguments: [true, false])
    func keyInFilter(isComposite: Bool) throws {
        var manager = PredictiveBufferManager()
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = isComposite ? [FieldPath("host"), FieldPath("port")] : [FieldPath("port")]
        try manager.describeStream(descriptor)
        var settings = PredictionSettings()
        settings.predict = [FieldPath("v")]
        let id = try manager.registerTailRequest(
            streamName: "s", filter: "event.port > 100 && event.v > 0", destination: DestinationID(0),
            prediction: settings)
        let events = (0..<100).map { number in
            #"{"time":\#(number / 2),"host":"a","port":\#(number % 2 == 0 ? 443 : 80),"v":5}"#
        }
        _ = manager.records(EventBatch("s", events))
        let prefix = isComposite ? "a," : ""
        let now = Timestamp(microseconds: 0)
        let matching = try manager.next(for: id, key: prefix + "443", inMicroseconds: 0, now: now)
        let other = try manager.next(for: id, key: prefix + "80", inMicroseconds: 0, now: now)
        #expect(matching.matchProbability > 0.9)
        #expect(other.matchProbability < 0.1)
    }

    /// The records of a stream with numbers, categories and two keys; asked for both keys after every event, or not.
    private func records(asking: Bool) throws -> (lines: [String], answers: Int) {
        var answers = 0
        var manager = PredictiveBufferManager()
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("host")]
        try manager.describeStream(descriptor)
        var settings = PredictionSettings()
        settings.steps = [1, 2, 5]
        settings.minConfidence = 0
        settings.announce = .every
        let ids = try [nil, "event.v > 12 && event.level == 'b'" as FilterText].map { filter in
            try manager.registerTailRequest(
                streamName: "s", filter: filter, destination: DestinationID(0), prediction: settings)
        }
        var lines: [String] = []
        for number in 0..<400 {
            let gap = number % 5 == 4 ? 7 : 3
            let event =
                #"{"time":\#(number * 10 + gap),"host":"h\#(number / 3 % 2)","v":\#(10 + number % 4),"level":"\#(["a", "b", "c"][number % 3])"}"#
            var actions = Actions()
            let now = Timestamp(microseconds: 0)
            manager.process(.events(EventBatch("s", [event], first: UInt64(number + 1))), now: now, into: &actions)
            lines += manager.lines(of: actions, stream: "s")
            for case .train(let training) in actions.items {
                manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
            }
            guard asking else { continue }
            for id in ids {
                for key in ["h0", "h1", "h2"] {
                    if (try? manager.next(for: id, key: key, inMicroseconds: 0, now: now)) != nil { answers += 1 }
                }
            }
        }
        return (lines, answers)
    }

    @Test("asking changes no record")
    func pure() throws {
        let asked = try records(asking: true)
        #expect(asked.answers > 1_500)
        #expect(asked.lines == (try records(asking: false).lines))
    }
}
