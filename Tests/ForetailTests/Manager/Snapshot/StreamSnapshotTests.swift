import FieldExtraction
import Forecasting
import ForetailTesting
import Testing

@testable import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `FORETAIL_FORGERIES=5000` forges that many snapshots per case.
@Suite("Stream snapshots") struct StreamSnapshotTests {
    private static let forgeries = getenv("FORETAIL_FORGERIES").flatMap { Int(String(cString: $0)) } ?? 150

    private func manager(
        _ configuration: ManagerConfiguration = small, stream: String = "s", neural: PredictionSettings.Neural = .off
    ) throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager(configuration: configuration)
        var descriptor = StreamDescriptor(name: stream)
        descriptor.key = [FieldPath("host")]
        try manager.describeStream(descriptor)
        var settings = PredictionSettings()
        settings.steps = [1, 2]
        settings.minConfidence = 0.2
        settings.neural = neural
        _ = try manager.registerTailRequest(streamName: stream, destination: DestinationID(1), prediction: settings)
        settings.minConfidence = 0
        settings.announce = .every
        _ = try manager.registerTailRequest(
            streamName: stream, filter: #"event.cpu > 20 && event.tags != null"#, destination: DestinationID(2),
            prediction: settings)
        return manager
    }

    private static var small: ManagerConfiguration {
        var configuration = ManagerConfiguration()
        configuration.limits.contextBytes = 2_048
        configuration.limits.sequenceBytes = 2_048
        configuration.limits.pastEvents = 8
        configuration.limits.samples = 4
        return configuration
    }

    private func feed(_ manager: inout PredictiveBufferManager, _ range: Range<Int>) -> [String] {
        var random = SeededGenerator(seed: UInt64(range.lowerBound))
        var lines: [String] = []
        for number in range {
            let text =
                #"{"time":\#(1_700_000_000 + number * 5 + random.below(3)),"host":"h\#(random.below(2))","#
                + #""cpu":\#(20 + number % 6 * 3),"level":"\#(["info", "warn", "\u{e9}"][number % 3])","#
                + #""up":\#(number % 4 != 0),"tags":\#(["[1]", "null", #"{"a":"\\u00e9"}"#][number % 3])}"#
            let batch = EventBatch("s", [text], first: UInt64(number + 1))
            lines += manager.records(batch)
        }
        return lines
    }

    private func error(_ body: () throws(ForetailError) -> Void) -> ForetailError? {
        do throws(ForetailError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("open predictions end as withdrawn for a restart, and what follows is the same to the byte")
    func restart() throws {
        var one = try manager()
        _ = feed(&one, 0..<150)
        var actions = Actions()
        one.withdrawForRestart(stream: "s", into: &actions)
        let ended = one.lines(of: actions, stream: "s")
        #expect(!ended.isEmpty)
        #expect(ended.allSatisfy { $0.contains(#""reason":"restart""#) }, "\(ended.first ?? "")")
        var other = try manager()
        try other.restore(try one.snapshot(stream: "s"), stream: "s", into: &actions)
        #expect(other.memory == one.memory)
        #expect(other.streamStatus("s")?.counters == one.streamStatus("s")?.counters)
        let rest = feed(&one, 150..<260)
        #expect(rest.contains { $0.contains("prediction") })
        #expect(feed(&other, 150..<260) == rest)
    }

    @Test("a network goes on with its stream, and its training is asked for again", arguments: [150, 300])
    func network(count: Int) throws {
        var one = try manager(neural: .always)
        _ = feed(&one, 0..<count)
        var actions = Actions()
        one.withdrawForRestart(stream: "s", into: &actions)
        let bytes = try one.snapshot(stream: "s")
        #expect(one.streams[0].network?.pending != nil)
        actions.removeAll()
        var other = try manager(neural: .always)
        try other.restore(bytes, stream: "s", into: &actions)
        #expect(other.memory == one.memory)
        #expect(try other.snapshot(stream: "s") == bytes)
        var jobs = 0
        for case .train(let training) in actions.items { if case .network = training.job { jobs += 1 } }
        #expect(jobs == 1)
        // Neither is given an answer: the place of the result is the same.
        #expect(feed(&other, count..<count + 150) == feed(&one, count..<count + 150))
        #expect(other.streams[0].network?.weights == one.streams[0].network?.weights)
        // A stream without a network takes up that of the snapshot, and one with a network drops its own.
        var off = try manager()
        try off.restore(bytes, stream: "s", into: &actions)
        #expect(off.streams[0].network != nil)
        var without = try manager()
        _ = feed(&without, 0..<20)
        try off.restore(try without.snapshot(stream: "s"), stream: "s", into: &actions)
        #expect(off.streams[0].network == nil)
        #expect(off.memory.modelBytes == without.memory.modelBytes)
    }

    @Test("a request that asks for a network gets one, whatever the snapshot held")
    func networkOfRequest() throws {
        var without = try manager()
        _ = feed(&without, 0..<20)
        var other = try manager(neural: .always)
        var actions = Actions()
        try other.restore(try without.snapshot(stream: "s"), stream: "s", into: &actions)
        #expect(other.streams[0].network?.configuration.use == .always)
        #expect(feed(&other, 20..<40).count > 0)
    }

    @Test("of damaged snapshots none is accepted, and nothing changes", arguments: 0..<4 as Range<UInt64>)
    func damages(seed: UInt64) throws {
        var damage = SnapshotDamage(seed: seed)
        var source = try manager()
        _ = feed(&source, 0..<4)
        let bytes = try source.snapshot(stream: "s")
        var target = try manager()
        _ = feed(&target, 0..<2)
        var actions = Actions()
        target.withdrawForRestart(stream: "s", into: &actions)
        let before = try target.snapshot(stream: "s")
        actions.removeAll()
        var accepted = 0
        for _ in 0..<2_500 where (try? target.restore(damage.damaged(bytes), stream: "s", into: &actions)) != nil {
            accepted += 1
        }
        #expect(accepted == 0)
        #expect(actions.items.isEmpty)
        #expect(try target.snapshot(stream: "s") == before)
        try target.restore(bytes, stream: "s", into: &actions)
        #expect(try target.snapshot(stream: "s") == bytes)
    }

    @Test("a forged snapshot is refused, or harmless", arguments: 0..<8 as Range<UInt64>)
    func forged(seed: UInt64) throws {
        var damage = SnapshotDamage(seed: seed)
        let neural: PredictionSettings.Neural = seed < 6 ? .off : .always
        var source = try manager(neural: neural)
        _ = feed(&source, 0..<[3, 8, 20, 75, 8, 3, 20, 75][Int(seed)])
        let bytes = try source.snapshot(stream: "s")
        for _ in 0..<Self.forgeries {
            var target = try manager(neural: neural)
            var actions = Actions()
            let forged = damage.forged(bytes, kind: .stream)
            guard (try? target.restore(forged, stream: "s", into: &actions)) != nil else { continue }
            _ = feed(&target, 80..<95)
            _ = target.names(stream: "s").map { target.lines(of: actions, stream: $0.streamName) }
            target.withdrawForRestart(stream: "s", into: &actions)
            _ = target.predictionConfidence(for: TailRequestID(1))
        }
    }

    @Test("a snapshot of another stream, description or limit is refused with the remedy")
    func foreign() throws {
        let source = try manager()
        let bytes = try source.snapshot(stream: "s")
        var actions = Actions()
        var renamed = try manager(stream: "t")
        let refusal = error { () throws(ForetailError) in
            try renamed.restore(bytes, stream: "t", into: &actions)
        }
        #expect(refusal?.code == .snapshot)
        #expect(refusal?.message.contains("stream 't', snapshot, byte 16") == true, "\(refusal?.message ?? "")")
        #expect(refusal?.message.contains("start fresh") == true)
        var configuration = Self.small
        configuration.limits.pastEvents = 9
        var other = try manager(configuration)
        #expect(error { () throws(ForetailError) in try other.restore(bytes, stream: "s", into: &actions) } != nil)
        #expect(
            error { () throws(ForetailError) in _ = try other.snapshot(stream: "none") }?.code == .badSetting)
    }

    @Test("requests are known again by filter and settings; a new one begins on the restored models")
    func otherRequests() throws {
        var one = try manager()
        _ = feed(&one, 0..<120)
        var actions = Actions()
        one.withdrawForRestart(stream: "s", into: &actions)
        let bytes = try one.snapshot(stream: "s")
        var other = PredictiveBufferManager(configuration: Self.small)
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("host")]
        try other.describeStream(descriptor)
        var settings = PredictionSettings()
        settings.steps = [3]
        let id = try other.registerTailRequest(
            streamName: "s", filter: "event.cpu > 30", destination: DestinationID(7), prediction: settings,
            id: TailRequestID(9))
        #expect(id == TailRequestID(9))
        try other.restore(bytes, stream: "s", into: &actions)
        #expect(other.streams[0].steps == [1, 2, 3])
        #expect(other.streams[0].table.count == 2)
        #expect(other.predictionConfidence(for: id)?.samples == 0)
        _ = feed(&other, 120..<160)
        #expect(other.predictionConfidence(for: id)?.samples ?? 0 > 0)
        let again = error { () throws(ForetailError) in
            _ = try other.registerTailRequest(streamName: "s", destination: DestinationID(7), id: id)
        }
        #expect(again?.code == .badSetting)
    }
}
