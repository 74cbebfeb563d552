import FieldExtraction
import Foretail
import ForetailTesting
import Testing

@Suite("Pipeline") struct PipelineTests {
    /// Counts batches, and can act between them.
    private struct Observer: PipelineObserver {
        var batches = 0
        var problems: [String] = []
        var afterBatch: [Int: @Sendable () -> Void] = [:]

        mutating func completed(
            _ batch: borrowing EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager,
            now: Timestamp
        ) {
            batches += 1
            self.problems += problems.map(\.message)
            afterBatch[batches]?()
        }
    }

    private typealias TestPipeline = Pipeline<
        ScriptedSource, InMemoryLog, RecordingDestination, NDJSONRenderer, ManualClock
    >

    private func pipeline(
        _ script: [ScriptedSource.Entry], filter: FilterText? = nil, requests: Int = 1,
        destination: RecordingDestination = RecordingDestination(), log: InMemoryLog = InMemoryLog(),
        control: PipelineControl = PipelineControl()
    ) throws -> TestPipeline {
        var manager = PredictiveBufferManager()
        for number in 1...requests {
            _ = try manager.registerTailRequest(
                streamName: "s", filter: filter, destination: DestinationID(number), prediction: nil)
        }
        return TestPipeline(
            stream: "s", manager: manager, source: ScriptedSource(script), log: log, destination: destination,
            renderer: NDJSONRenderer(), clock: ManualClock(), control: control)
    }

    private func values(_ lines: [String]) -> [String] {
        lines.compactMap { $0.split(separator: #""v":"#).last?.split(separator: "}").first.map(String.init) }
    }

    @Test("events come out in order, once per request, and all is acknowledged")
    func order() async throws {
        var pipeline = try pipeline(
            [.events([#"{"v":1}"#, #"{"v":2}"#]), .idle, .events([#"{"v":3}"#]), .end([#"{"v":4}"#])], requests: 2)
        var observer = Observer()
        try await pipeline.run(observer: &observer)
        #expect(values(pipeline.destination.lines(for: DestinationID(1))) == ["1", "2", "3", "4"])
        #expect(values(pipeline.destination.lines(for: DestinationID(2))) == ["1", "2", "3", "4"])
        #expect(pipeline.source.entriesAcknowledged == 4)
        #expect(pipeline.log.durableCount == 4)
        #expect(observer.batches == 4)
    }

    @Test("a gap that the source reports stands before the events read with it")
    func gap() async throws {
        var batch = EventBatch(stream: "s")
        batch.gaps.append(
            Actions.Gap(
                from: Position(partition: 3, sequence: 5), to: Position(partition: 3, sequence: 9), count: 5,
                reason: "retention"))
        batch.append(#"{"v":2}"#, at: Position(sequence: 0))
        var pipeline = try pipeline([.events([#"{"v":1}"#]), .batch(batch), .end([])])
        var observer = Observer()
        try await pipeline.run(observer: &observer)
        let lines = pipeline.destination.lines()
        #expect(lines.count == 3)
        #expect(
            lines[1]
                == #"{"kind":"gap","request":"tr_1","from":"3:1-5","to":"3:1-9","count":5,"reason":"retention"}"#)
    }

    @Test("a batch is one delivery per destination, however its records alternate")
    func deliveries() async throws {
        let batch = (1...50).map { #"{"v":\#($0)}"# }
        var pipeline = try pipeline([.events(batch), .end(batch)], requests: 100)
        var observer = Observer()
        try await pipeline.run(observer: &observer)
        #expect(pipeline.destination.deliveries.count == 200)
        let expected = Array(1...50).map(String.init)
        for number in [1, 64, 65, 100] {
            #expect(values(pipeline.destination.lines(for: DestinationID(number))) == expected + expected)
        }
    }

    @Test("a bad event is reported with its line, and the rest goes on")
    func badEvent() async throws {
        var pipeline = try pipeline([.events([#"{"v":1}"#, #"{"v":"#, #"{"v":3}"#])])
        var observer = Observer()
        try await pipeline.run(observer: &observer)
        #expect(values(pipeline.destination.lines()) == ["1", "3"])
        #expect(observer.problems.count == 1)
        #expect(observer.problems.first?.hasPrefix("line 2") == true)
    }

    @Test("the source is not read again before the last batch is delivered")
    func backPressure() async throws {
        let script: [ScriptedSource.Entry] = (1...5).map { .events([#"{"v":\#($0)}"#]) }
        var pipeline = try pipeline(script, destination: RecordingDestination(failingAt: 3))
        var observer = Observer()
        await #expect(throws: ForetailError.self) { try await pipeline.run(observer: &observer) }
        #expect(pipeline.source.entriesRead == 3)
    }

    @Test("an error of a destination ends the run; what it did not take is not acknowledged, and can be read again")
    func destinationFails() async throws {
        var pipeline = try pipeline(
            [.events([#"{"v":1}"#]), .events([#"{"v":2}"#]), .events([#"{"v":3}"#])],
            destination: RecordingDestination(failingAt: 2))
        var observer = Observer()
        do {
            try await pipeline.run(observer: &observer)
            Issue.record("the error was swallowed")
        } catch {
            #expect(error.code == .destination)
        }
        #expect(values(pipeline.destination.lines()) == ["1"])
        #expect(pipeline.source.entriesAcknowledged == 1)
        var rest = EventBatch(stream: "s")
        _ = try await pipeline.log.read(after: Position(sequence: 1), limit: 10, into: &rest)
        #expect(rest.count == 1)
    }

    @Test("a full log and a failing source end the run with their own error")
    func portsFail() async throws {
        var full = try pipeline([.events([#"{"v":1}"#, #"{"v":2}"#])], log: InMemoryLog(capacity: 1))
        var observer = Observer()
        await #expect(throws: ForetailError.self) { try await full.run(observer: &observer) }
        #expect(full.destination.deliveries.isEmpty)
        let failure = ForetailError(.source, "the file went away")
        var broken = try pipeline([.events([#"{"v":1}"#]), .fail(failure)])
        await #expect(throws: failure) { try await broken.run(observer: &observer) }
        #expect(values(broken.destination.lines()) == ["1"])
    }

    /// A destination that wants no more than one delivery.
    private struct Stopping: Destination {
        let control: PipelineControl
        var deliveries = 0

        mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
            deliveries += 1
            control.stop()
        }
    }

    @Test("a batch cut short by a stop is not acknowledged")
    func cutShort() async throws {
        let control = PipelineControl()
        var limits = Limits()
        limits.predictionsPerDelivery = 1
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        var pipeline = Pipeline(
            stream: "s", manager: manager, source: ScriptedSource([.events([#"{"v":1}"#, #"{"v":2}"#])]),
            log: InMemoryLog(), destination: Stopping(control: control), renderer: NDJSONRenderer(),
            clock: ManualClock(), control: control)
        var observer = Observer()
        try await pipeline.run(observer: &observer)
        #expect(pipeline.destination.deliveries >= 1)
        #expect(pipeline.source.acknowledgements == 0)
    }

    @Test("stopping ends the run after the batch at hand")
    func stops() async throws {
        let control = PipelineControl()
        var pipeline = try pipeline(
            [.events([#"{"v":1}"#]), .events([#"{"v":2}"#]), .events([#"{"v":3}"#])], control: control)
        var observer = Observer(afterBatch: [2: { control.stop() }])
        try await pipeline.run(observer: &observer)
        #expect(values(pipeline.destination.lines()) == ["1", "2"])
    }

    @Test("a changed filter takes effect between two batches; a wrong one is reported and changes nothing")
    func updates() async throws {
        let control = PipelineControl()
        let batch: ScriptedSource.Entry = .events([#"{"v":1}"#, #"{"v":9}"#])
        var pipeline = try pipeline([batch, batch, batch], filter: "event.v > 5", control: control)
        let request = TailRequestID(1)
        var observer = Observer(afterBatch: [
            1: { control.change(.update(request, filter: "event.v < 5")) },
            2: { control.change(.update(request, filter: "event.v <")) },
        ])
        try await pipeline.run(observer: &observer)
        #expect(values(pipeline.destination.lines()) == ["9", "1", "1"])
        #expect(control.takeErrors().map(\.code) == [.badFilter])
    }

    @Test("what is open at the end of input is withdrawn before the run returns")
    func endOfInput() async throws {
        var settings = PredictionSettings()
        settings.minConfidence = 0
        var manager = PredictiveBufferManager()
        try manager.describeStream(Timeline.descriptor("s"))
        _ = try manager.registerTailRequest(
            streamName: "s", destination: DestinationID(1), prediction: settings)
        var pipeline = TestPipeline(
            stream: "s", manager: manager, source: ScriptedSource([.events(Timeline("aaaa").texts())]),
            log: InMemoryLog(), destination: RecordingDestination(), renderer: NDJSONRenderer(), clock: ManualClock())
        var observer = Observer()
        try await pipeline.run(observer: &observer)
        let lines = pipeline.destination.lines()
        #expect(
            lines.count { $0.contains(#""kind":"prediction""#) } == lines.count { $0.contains(#""kind":"outcome""#) })
        #expect(lines.last?.contains(#""reason":"end""#) == true)
    }
}
