import FieldExtraction
import Forecasting
import Foretail
import Glibc

/// Sizes and times of snapshots.
///
///     swift run -c release snapshot-benchmarks
///
/// Bytes per series and field, and milliseconds to write and to restore, of streams with many keys and of single forecasters.
@main
struct SnapshotBenchmarks {
    static func main() throws {
        for tier in ForecastConfiguration.Tier.allCases {
            for steps in [[1], Array(1...12)] { try forecaster(tier, steps: steps) }
        }
        try stream("1 numeric field, regular times", keys: 1_000, events: 500, isRegular: true, fields: #""cpu":"#)
        try stream("the same, irregular times", keys: 1_000, events: 500, isRegular: false, fields: #""cpu":"#)
        try stream("young keys", keys: 5_000, events: 10, isRegular: true, fields: #""cpu":"#)
        try stream(
            "1 numeric, 1 categorical field", keys: 200, events: 500, isRegular: true, fields: #""state":"on","cpu":"#)
    }

    private static func forecaster(_ tier: ForecastConfiguration.Tier, steps: [Int]) throws {
        let configuration = ForecastConfiguration(tier: tier)
        var forecaster = NumericForecaster(steps: steps, configuration: configuration)
        for index in 0..<4_096 { forecaster.learn(Double(index % 24 * (index % 24)) + Double(index * 7_919 % 13)) }
        if let job = forecaster.trainingJob(stepMicroseconds: 3_600_000_000) { forecaster.apply(job.run()) }
        var bytes: [UInt8] = []
        let writing = milliseconds { bytes = forecaster.snapshot() }
        let reading = try milliseconds {
            _ = try NumericForecaster(snapshot: bytes, steps: steps, configuration: configuration)
        }
        print(
            "\(tier.rawValue), \(steps.count) steps: \(bytes.count) bytes, \(fixed(writing)) ms, \(fixed(reading)) ms")
    }

    private static func stream(
        _ name: String, keys: Int, events: Int, isRegular: Bool, fields: String
    ) throws {
        var manager = try self.manager()
        var random: UInt64 = 1
        var actions = Actions()
        var number: UInt64 = 0
        for event in 0..<events {
            var batch = EventBatch(stream: "s")
            for key in 0..<keys {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                number += 1
                let noise = Int(random >> 60)
                let time = 1_700_000_000_000 + event * 60_000 + (isRegular ? 0 : Int(random >> 40) % 50_000)
                let text =
                    "{\"time\":\(time),\"host\":\"web-\(key)\",\(fields)\((event + key) % 24 * 4 + noise)}"
                batch.append(text, at: Position(sequence: number))
            }
            manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
            actions.removeAll()
        }
        manager.withdrawForRestart(stream: "s", into: &actions)
        var bytes: [UInt8] = []
        let writing = try milliseconds { bytes = try manager.snapshot(stream: "s") }
        var other = try self.manager()
        let reading = try milliseconds { try other.restore(bytes, stream: "s", into: &actions) }
        let megabytes = Double(bytes.count) / 1e6
        print(
            "\(name), \(keys) keys of \(events) events: \(bytes.count / keys) bytes a key, \(fixed(megabytes)) MB, written in"
                + " \(fixed(writing)) ms, restored in \(fixed(reading)) ms; \(manager.memory.modelBytes / keys) bytes counted"
        )
    }

    private static func manager() throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager()
        var descriptor = StreamDescriptor(name: "s")
        descriptor.key = [FieldPath("host")]
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(1))
        return manager
    }

    private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        var start = timespec()
        var end = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        try body()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) * 1e3 + Double(end.tv_nsec - start.tv_nsec) / 1e6
    }

    private static func fixed(_ value: Double) -> String {
        let thousandths = Int((value * 1_000).rounded())
        let rest = String(thousandths % 1_000)
        return "\(thousandths / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}
