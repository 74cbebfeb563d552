import FieldExtraction
import Forecasting
import Foretail
import ForetailTesting
import Testing

/// What makes takeover exact: a partition's state is a function of its messages, whoever processes them.
struct PartitionReplayTests {
    /// One message of a partition: its events, and when the log stored them.
    private struct Message {
        var events: [String]
        var sequence: UInt64
        var time: Timestamp
    }

    private static let start: Int64 = 1_767_225_600_000_000

    private static func messages(_ count: Int, seed: UInt64) -> [Message] {
        var random = SeededGenerator(seed: seed)
        var tick = 0
        return (1...count).map { number in
            let events = (0..<1 + random.below(4)).map { _ -> String in
                tick += 1
                let key = "k\(tick % 3)"
                let value = Double(20 + (tick / 3) % 12) + random.unit()
                let seconds = Double(start) / 1e6 + Double(tick) * 20
                return #"{"k":"\#(key)","v":\#(value),"time":\#(Int64(seconds))}"#
            }
            return Message(
                events: events, sequence: UInt64(number * 7),
                time: Timestamp(microseconds: start + Int64(tick) * 20_000_000 + 5_000))
        }
    }

    /// A node's manager for partition 3, and what it says.
    private struct Node: ~Copyable {
        var manager: PredictiveBufferManager
        var actions = Actions()
        var renderer = NDJSONRenderer()
        var records: [[String]] = []

        init() throws {
            var configuration = ManagerConfiguration()
            configuration.firstPrediction = 3 << 40 | 1
            manager = PredictiveBufferManager(configuration: configuration)
            var descriptor = StreamDescriptor(name: "s")
            descriptor.key = [FieldPath("k")]
            descriptor.isLive = true
            try manager.describeStream(descriptor)
            var settings = PredictionSettings()
            settings.steps = [1, 2]
            settings.minConfidence = 0
            settings.announce = .every
            _ = try manager.registerTailRequest(
                streamName: "s", filter: .cel("event.v > 24"), destination: DestinationID(1), prediction: settings,
                id: TailRequestID(1))
        }

        mutating func process(_ message: Message) {
            var batch = EventBatch(stream: "s")
            for (place, event) in message.events.enumerated() {
                batch.append(event, at: Position(partition: 3, sequence: message.sequence << 12 | UInt64(place)))
            }
            manager.process(.events(batch), now: message.time, into: &actions)
            records.append([])
            settle()
        }

        mutating func settle() {
            while !actions.items.isEmpty {
                var bytes: [UInt8] = []
                var trainings: [Actions.Training] = []
                if let names = manager.names(stream: "s") {
                    for action in actions.items {
                        if case .train(let training) = action { trainings.append(training) }
                        renderer.render(action, of: actions, names: names, into: &bytes)
                    }
                }
                let lines = bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
                if !records.isEmpty { records[records.count - 1] += lines }
                actions.removeAll()
                for training in trainings {
                    manager.process(
                        .trained(id: training.id, training.job.run()), now: Timestamp(microseconds: 0), into: &actions)
                }
            }
        }

        /// The place of a snapshot: open predictions end, and all goes on from what was learned.
        mutating func cut() throws -> [UInt8] {
            manager.withdrawForRestart(stream: "s", into: &actions)
            settle()
            return try manager.snapshot(stream: "s")
        }

        mutating func restore(_ bytes: [UInt8]) throws {
            try manager.restore(bytes, stream: "s", into: &actions)
            settle()
            records = []
        }
    }

    @Test("After snapshot and replay a node says, to the byte, what one says that never stopped", arguments: 1...6)
    func isExact(seed: Int) throws {
        let messages = Self.messages(900, seed: UInt64(seed))
        let (cut, takeover) = (500 + 17 * seed, 640)
        var steady = try Node()
        for message in messages[..<cut] { steady.process(message) }
        let snapshot = try steady.cut()
        steady.records = []
        for message in messages[cut...] { steady.process(message) }

        var heir = try Node()
        try heir.restore(snapshot)
        // The replay: what it says is not announced. From here on it is live.
        for message in messages[cut..<takeover] { heir.process(message) }
        for message in messages[takeover...] { heir.process(message) }

        let (expected, got) = (
            steady.records.suffix(messages.count - takeover), heir.records.suffix(messages.count - takeover)
        )
        #expect(Array(got) == Array(expected))
        let predictions = expected.joined().filter { $0.hasPrefix(#"{"kind":"prediction""#) }
        #expect(predictions.count > 500)
        #expect(predictions.allSatisfy { $0.contains(#""id":"p_3298534"#) }, "ids of partition 3 are its own")
    }

    @Test("Without the cut at the snapshot's place the two differ: the test can fail")
    func needsTheCut() throws {
        let messages = Self.messages(900, seed: 1)
        var steady = try Node()
        for message in messages[..<520] { steady.process(message) }
        let snapshot = try steady.manager.snapshot(stream: "s")
        steady.records = []
        for message in messages[520...] { steady.process(message) }
        var heir = try Node()
        try heir.restore(snapshot)
        for message in messages[520...] { heir.process(message) }
        #expect(heir.records != steady.records)
    }
}
