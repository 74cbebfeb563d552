import FieldExtraction
import Forecasting
import ForetailTesting
import Testing

@testable import Foretail

@Suite("Network") struct NetworkTests {
    /// When the results of training jobs are given back.
    enum Answers: CaseIterable {
        case atOnce, late, never
    }

    /// What a run gave.
    private struct Run {
        var lines: [String] = []
        var networkJobs = 0
        var confidence: PredictionConfidence?
    }

    private static let count = 1_000

    /// Two keys in turn, each a fold that no linear model follows.
    private static let values: [Double] = {
        var last = [0.3, -0.2]
        return (0..<count).map { index in
            last[index % 2] = 1.6 - 1.9 * abs(last[index % 2])
            return 50 + 10 * last[index % 2]
        }
    }()

    private func run(
        _ values: [Double] = values, neural: PredictionSettings.Neural, answers: Answers = .atOnce, batch: Int = 1,
        seed: UInt64 = 0
    ) throws -> Run {
        var settings = PredictionSettings()
        settings.steps = [1, 3]
        settings.minConfidence = 0.2
        settings.neural = neural
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(seed: seed))
        try manager.describeStream(Timeline.descriptor("s"))
        let id = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        var run = Run()
        var waiting: [Actions.Training] = []
        let texts = Timeline(String(repeating: "ab", count: values.count / 2)).texts(values: values)
        let now = Timestamp(microseconds: 0)
        for start in stride(from: 0, to: values.count, by: batch) {
            var actions = Actions()
            let end = min(start + batch, values.count)
            let events = EventBatch("s", Array(texts[start..<end]), first: UInt64(start + 1))
            manager.process(.events(events), now: now, into: &actions)
            run.lines += manager.lines(of: actions, stream: "s")
            for case .train(let training) in actions.items {
                if case .network = training.job { run.networkJobs += 1 }
                if answers != .never { waiting.append(training) }
            }
            while let training = waiting.first, answers == .atOnce || waiting.count > 2 {
                waiting.removeFirst()
                manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
            }
        }
        run.confidence = manager.predictionConfidence(for: id)
        return run
    }

    @Test("the records do not depend on when training results come, nor on the batches", arguments: Answers.allCases)
    func arrival(answers: Answers) throws {
        let expected = try run(neural: .always)
        #expect(expected.networkJobs >= 3)
        #expect(try run(neural: .always, answers: answers, batch: answers == .atOnce ? 1 : 97).lines == expected.lines)
    }

    @Test("altering the future leaves every earlier record byte-identical", arguments: [301, 700])
    func causality(cut: Int) throws {
        var altered = Self.values
        for index in cut..<altered.count { altered[index] = Double(index * index % 1_009) }
        let cutEven = cut / 2 * 2
        let past = try run(Array(Self.values.prefix(cutEven)), neural: .always).lines
        #expect(Array(try run(altered, neural: .always).lines.prefix(past.count)) == past)
    }

    @Test(
        "a result is applied exactly 256 events after its job was cut, whenever it comes", arguments: Answers.allCases)
    func place(answers: Answers) throws {
        var settings = PredictionSettings()
        settings.neural = .always
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        let texts = Timeline(String(repeating: "ab", count: 250)).texts(values: Array(Self.values.prefix(500)))
        var cuts: [Int] = []
        var changes: [Int] = []
        var waiting: [(event: Int, training: Actions.Training)] = []
        var weights = manager.streams[0].network?.weights
        for (event, text) in texts.enumerated() {
            var actions = Actions()
            let now = Timestamp(microseconds: 0)
            manager.process(.events(EventBatch("s", [text], first: UInt64(event + 1))), now: now, into: &actions)
            if manager.streams[0].network?.weights != weights { changes.append(event) }
            weights = manager.streams[0].network?.weights
            for case .train(let training) in actions.items {
                guard case .network = training.job else { continue }
                cuts.append(event)
                waiting.append((event, training))
            }
            if answers == .never { continue }
            while let (cut, training) = waiting.first, answers == .atOnce || event == cut + 200 {
                waiting.removeFirst()
                manager.process(.trained(id: training.id, training.job.run()), now: now, into: &actions)
            }
        }
        #expect(cuts.count == 2)
        #expect(changes == [cuts[0] + 256])
        #expect(cuts[1] >= changes[0])
    }

    @Test("a request that asks for none gets none, and the records of before")
    func off() throws {
        let off = try run(neural: .off)
        #expect(off.networkJobs == 0)
        #expect(off.confidence?.networkGain == nil)
        #expect(off.confidence?.models.contains { $0.name == "LSTM" } == false)
        #expect(off.lines != (try run(neural: .always)).lines)
        // Another seed is another network, and no other change.
        #expect(off.lines == (try run(neural: .off, seed: 5)).lines)
    }

    @Test("where it is used, the confidence names it with its weight and its gain")
    func confidence() throws {
        let confidence = try #require(try run(neural: .always).confidence)
        let model = try #require(confidence.models.first { $0.name == "LSTM" })
        #expect(model.weight > 0)
        #expect(try #require(confidence.networkGain) > 0)
        let total = confidence.models.reduce(0) { $0 + $1.weight }
        #expect(abs(total - 1) < 1e-3)
    }

    @Test("of several requests the one that asks for most decides, and the stream keeps its network")
    func severalRequests() throws {
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        var settings = PredictionSettings()
        let first = try manager.registerTailRequest(
            streamName: "s", destination: DestinationID(1), prediction: settings)
        #expect(manager.predictionConfidence(for: first)?.networkGain == nil)
        #expect(manager.memory.modelBytes == 0)
        settings.neural = .always
        let second = try manager.registerTailRequest(
            streamName: "s", destination: DestinationID(1), prediction: settings)
        let held = manager.memory.modelBytes
        #expect(held > 0 && held < 1 << 20)
        settings.neural = .automatic
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        #expect(manager.memory.modelBytes == held)
        var actions = Actions()
        try manager.removeTailRequest(second, into: &actions)
        #expect(manager.predictionConfidence(for: first)?.networkGain == 0)
    }

    @Test("a request that does not ask for the next event has no use for it")
    func needsStepOne() {
        var settings = PredictionSettings()
        settings.steps = [2, 5]
        settings.neural = .always
        var manager = PredictiveBufferManager()
        let error = #expect(throws: ForetailError.self) {
            try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
        }
        #expect(error?.code == .badSetting)
        #expect(error?.message.contains("add 1 to steps") == true)
    }
}
