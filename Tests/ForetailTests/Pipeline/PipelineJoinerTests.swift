import FieldExtraction
import Foretail
import ForetailTesting
import Synchronization
import Testing

/// A pipeline whose records get rows on their way out.
@Suite struct PipelineJoinerTests {
    private struct Silent: PipelineObserver {
        mutating func completed(
            _ batch: borrowing EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager,
            now: Timestamp
        ) {}
    }

    /// A store that answers some keys at once, and others never.
    private final class Store: Sendable {
        let asked = Mutex<[String]>([])
        let silent: Set<String>

        init(silent: Set<String> = []) { self.silent = silent }

        func submit(_ fetches: [ReferenceFetch], _ receiver: @escaping ReferenceReceiver) {
            asked.withLock { $0 += fetches.map(\.key) }
            let answered = fetches.filter { !silent.contains($0.key) }
            receiver(
                answered.map {
                    ReferenceAnswer(
                        statement: $0.statement, key: $0.key,
                        result: .success(ReferenceRows(json: Array(#"[{"is":"\#($0.key)"}]"#.utf8), count: 1)),
                        readAt: PipelineJoinerTests.moment.monotonic)
                })
        }
    }

    private static var moment: LookupMoment {
        let time = Int64((ContinuousClock().now - start) / .microseconds(1))
        return LookupMoment(monotonic: time, wall: Timestamp(microseconds: 1_767_225_600_000_000 + time))
    }
    private static let start = ContinuousClock().now

    private func run(
        _ script: [ScriptedSource.Entry], lookup: LookupSettings, store: Store, filter: FilterText? = nil
    ) async throws -> (lines: [String], acknowledged: Int) {
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("k")]
        var manager = PredictiveBufferManager()
        try manager.describeStream(descriptor)
        let request = try manager.registerTailRequest(
            streamName: "s", filter: filter, destination: DestinationID(1), prediction: nil)
        let joiner = try PipelineJoiner(
            [lookup], of: request, stream: descriptor, submit: store.submit, clock: { Self.moment })
        var pipeline = Pipeline(
            stream: "s", manager: manager, source: ScriptedSource(script), log: InMemoryLog(),
            destination: RecordingDestination(), renderer: NDJSONRenderer(), clock: ManualClock(), joiner: joiner)
        var observer = Silent()
        try await pipeline.run(observer: &observer)
        return (pipeline.destination.lines(), pipeline.source.entriesAcknowledged)
    }

    private static func value(_ line: String) -> String {
        line.split(separator: #""v":"#)[1].split(separator: "}").first.map(String.init) ?? line
    }

    @Test func everyRecordLeavesWithItsRowsAndAllIsAcknowledged() async throws {
        let store = Store()
        let (lines, acknowledged) = try await run(
            [.events([#"{"k":"a","v":1}"#, #"{"k":"b","v":2}"#]), .idle, .end([#"{"k":"a","v":3}"#])],
            lookup: LookupSettings("who", store: "crm", query: "q $1", key: "meta.key"), store: store)
        #expect(lines.map(Self.value) == ["1", "2", "3"])
        #expect(lines.allSatisfy { $0.contains(#""rows":[{"is":"\#($0.contains(#""k":"a""#) ? "a" : "b")"}]"#) })
        #expect(store.asked.withLock { $0 } == ["a", "b"])
        #expect(acknowledged == 3)
    }

    @Test func whatNobodyAnswersLeavesWhenItsTimeIsOver() async throws {
        var lookup = LookupSettings("who", store: "crm", query: "q $1", key: "meta.key")
        lookup.maxWaitMicroseconds = 5_000
        let (lines, acknowledged) = try await run(
            [.events([#"{"k":"a","v":1}"#, #"{"k":"b","v":2}"#, #"{"k":"a","v":3}"#]), .end([])],
            lookup: lookup, store: Store(silent: ["a"]))
        #expect(Set(lines.map(Self.value)) == ["1", "2", "3"])
        #expect(lines.filter { $0.contains(#""source":"timeout""#) }.map(Self.value) == ["1", "3"])
        #expect(acknowledged == 2)
    }

    @Test func moreThanMayWaitHoldsTheSourceBackAndLosesNothing() async throws {
        var lookup = LookupSettings("who", store: "crm", query: "q $1", key: "meta.key")
        lookup.maxWaitMicroseconds = 20_000
        let script = (0..<12).map { round in
            ScriptedSource.Entry.events((0..<400).map { #"{"k":"a","v":\#(round * 400 + $0)}"# })
        }
        let (lines, _) = try await run(script, lookup: lookup, store: Store(silent: ["a"]))
        #expect(lines.map(Self.value) == (0..<4_800).map { "\($0)" })
    }

    @Test func aKeysPastIsJoinedFromTheFirstEventOn() async throws {
        let (lines, _) = try await run(
            [.end((0..<9).map { #"{"k":"\#($0 % 2 == 0 ? "a" : "b")","v":\#($0)}"# })],
            lookup: LookupSettings(history: "before", rows: 2), store: Store(), filter: "event.v >= 6")
        #expect(lines.map(Self.value) == ["6", "7", "8"])
        #expect(lines[0].contains(#""event":{"k":"a","v":4}"#) && lines[0].contains(#""event":{"k":"a","v":2}"#))
        #expect(!lines[0].contains(#""v":5"#) && !lines[0].contains(#""v":0"#))
        #expect(lines[0].contains(#""cut":true"#))
    }
}
