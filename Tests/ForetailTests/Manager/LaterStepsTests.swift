import FieldExtraction
import Testing

@testable import Foretail

/// Steps that are asked for when keys were learned already.
@Suite("Later steps") struct LaterStepsTests {
    private func manager() throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration())
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("host")]
        try manager.describeStream(descriptor)
        try register(&manager, [1])
        return manager
    }

    private func register(_ manager: inout PredictiveBufferManager, _ steps: [Int]) throws {
        var settings = PredictionSettings()
        settings.steps = steps
        settings.minConfidence = 0
        settings.announce = .every
        settings.trivial = true
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1), prediction: settings)
    }

    private func feed(_ manager: inout PredictiveBufferManager, _ numbers: Range<Int>, hosts: Int = 3) -> [String] {
        numbers.flatMap { number in
            let text =
                #"{"time":\#(1_700_000_000 + number * 5),"host":"h\#(number % hosts)","cpu":\#(number / 3 % 5 * 10)}"#
            return manager.records(EventBatch("s", [text], first: UInt64(number + 1)))
        }
    }

    private func steps(_ manager: borrowing PredictiveBufferManager) -> [[Int]] {
        manager.streams[0].table.series.compactMap { $0?.steps }
    }

    @Test("A registration leaves keys alone; each follows at its next event, and is predicted at all steps by it")
    func follow() throws {
        var manager = try manager()
        _ = feed(&manager, 0..<120)
        try register(&manager, [2, 7])
        #expect(steps(manager) == [[1], [1], [1]])
        let records = feed(&manager, 120..<121).filter { $0.contains(#""kind":"prediction""#) }
        #expect(steps(manager) == [[1, 2, 7], [1], [1]])
        for step in [1, 2, 7] { #expect(records.contains { $0.contains(#""step":\#(step),"#) }, "\(records)") }
        _ = feed(&manager, 121..<123)
        #expect(steps(manager) == [[1, 2, 7], [1, 2, 7], [1, 2, 7]])
    }

    @Test("A snapshot holds keys that have not followed yet as they are")
    func snapshot() throws {
        var one = try manager()
        _ = feed(&one, 0..<120)
        try register(&one, [2, 7])
        _ = feed(&one, 120..<121)
        var actions = Actions()
        one.withdrawForRestart(stream: "s", into: &actions)
        let bytes = try one.snapshot(stream: "s")
        var other = try manager()
        try register(&other, [2, 7])
        try other.restore(bytes, stream: "s", into: &actions)
        #expect(steps(other).sorted { $0.count > $1.count } == [[1, 2, 7], [1], [1]])
        #expect(try other.snapshot(stream: "s") == bytes)
        #expect(feed(&other, 121..<160) == feed(&one, 121..<160))
    }
}
