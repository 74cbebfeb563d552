#if Kafka
import CKafka
import FieldExtraction
import Foretail
import Testing

@testable import ForetailKafka

@Suite("KafkaSource", .serialized, .timeLimit(.minutes(30)))
struct KafkaSourceTests {
    private func position(_ partition: UInt32, _ sequence: UInt64) -> Position {
        Position(partition: partition, sequence: sequence)
    }

    @Test("a message is an event at partition:1-(offset + 1); what is none is counted")
    func values() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 2)
        let producer = try mock.producer()
        let values: [[UInt8]?] = [
            Array(#"{"n":0}"#.utf8), nil, [], Array("  ".utf8), Array("{\n \"n\": 4\n}".utf8),
            Array("a plain line".utf8), Array("a,b,c".utf8), Array("1,2,3".utf8), Array(#"{"n":8}"#.utf8),
        ]
        for value in values { producer.send("t", 1, value, key: "k") }
        producer.flush()
        let member = try Member(mock.settings("t"))
        try await eventually("all events came") { member.positions.count == 6 }
        #expect(member.positions == [1, 5, 6, 7, 8, 9].map { position(1, $0) })
        #expect(member.texts[0] == #"{"n":0}"#)
        #expect(member.texts[1] == #"{  "n": 4 }"#)
        #expect(member.texts[2].hasPrefix(#"{"message":"a plain line""#))
        #expect(member.texts[3].hasPrefix(#"{"message":"a,b,c""#), "a comma makes no CSV of messages")
        #expect(member.texts[5] == #"{"n":8}"#)
        let status = member.status
        #expect(status.messages == 9)
        #expect(status.tombstones == 1)
        #expect(status.blanks == 2)
        #expect(status.partitions == [0, 1])
        try await eventually("what is no event is committed too") { try mock.committed("t", 1, group: "g") == 9 }
        await member.close()
    }

    @Test("with a schema of JSON alone a text is a bad event, named by its position")
    func bad() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        let producer = try mock.producer()
        producer.send("t", 0, #"{"n":0}"#)
        producer.send("t", 0, "no JSON")
        producer.send("t", 0, "{\"n\":\"" + String(repeating: "x", count: 3_000) + "\"}")
        producer.send("t", 0, #"{"n":3}"#)
        producer.flush()
        var stream = StreamDescriptor(name: "s")
        stream.input = .ndjson
        var limits = Limits()
        limits.scan.line = 2_000
        var manager = PredictiveBufferManager(configuration: ManagerConfiguration(limits: limits))
        try manager.describeStream(stream)
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(0), prediction: nil)
        var source = try KafkaSource(mock.settings("t"), stream: stream, limits: limits.scan)
        var batch = EventBatch(stream: "s")
        var actions = Actions()
        var problems: [BadEvent] = []
        try await eventually("all messages came") {
            batch.removeAll()
            _ = try await source.read(into: &batch, waitingAtMost: 20_000)
            problems += manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
            return manager.lastPosition(stream: "s", partition: 0)?.sequence == 4
        }
        #expect(problems.map(\.position) == [position(0, 2), position(0, 3)])
        #expect(problems.first?.message.hasPrefix("position 0:1-2: ") == true)
        #expect(actions.events.map(\.position) == [position(0, 1), position(0, 4)])
        await source.close()
    }

    @Test("key, timestamp, headers and tombstones become members where that is asked for")
    func members() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        let producer = try mock.producer()
        producer.send(
            "t", 0, Array(#"{"n":0}"#.utf8), key: "web\"1", headers: [("a", "1"), ("b", "2"), ("a", "3")],
            timestamp: 1_767_225_600_000)
        producer.send("t", 0, Array("{}".utf8), timestamp: 1_767_225_600_001)
        producer.send("t", 0, nil, key: "gone", timestamp: 1_767_225_600_002)
        producer.send("t", 0, Array("line".utf8), key: "text", timestamp: 1_767_225_600_003)
        producer.flush()
        let settings = try mock.settings("t") {
            $0.members.key = "host"
            $0.members.timestamp = "at"
            $0.members.headers = "headers"
            $0.members.tombstone = "deleted"
        }
        let member = try Member(settings)
        try await eventually("all events came") { member.positions.count == 4 }
        #expect(
            member.texts.prefix(3) == [
                #"{"host":"web\"1","at":1767225600000,"headers":{"a":"3","b":"2"},"n":0}"#,
                #"{"host":null,"at":1767225600001,"headers":{}}"#,
                #"{"host":"gone","at":1767225600002,"headers":{},"deleted":true}"#,
            ])
        #expect(
            member.texts[3].hasPrefix(#"{"host":"text","at":1767225600003,"headers":{},"message":"line""#),
            "\(member.texts[3])")
        await member.close()
    }

    @Test("offsets are committed after the acknowledgement and not before: who ends without leaves all to the next")
    func acknowledgement() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        let producer = try mock.producer()
        for n in 0..<100 { producer.send("t", 0, "{\"n\":\(n)}") }
        producer.flush()
        let first = try Member(mock.settings("t"), acknowledges: false)
        try await eventually("all events came") { first.positions.count == 100 }
        await first.close()
        #expect(try mock.committed("t", 0, group: "g") == nil)

        let second = try Member(mock.settings("t"))
        try await eventually("all events came again") { second.positions.count == 100 }
        #expect(second.positions == first.positions)
        #expect(second.texts == first.texts)
        try await eventually("the acknowledged are committed") { try mock.committed("t", 0, group: "g") == 100 }
        // What is acknowledged just before the end is committed by the end.
        for n in 100..<110 { producer.send("t", 0, "{\"n\":\(n)}") }
        producer.flush()
        try await eventually("the last events came") { second.positions.count == 110 }
        await second.close()
        #expect(try mock.committed("t", 0, group: "g") == 110)

        let third = try Member(mock.settings("t"))
        producer.send("t", 0, #"{"n":110}"#)
        producer.flush()
        try await eventually("an event came") { !third.positions.isEmpty }
        #expect(third.positions == [position(0, 111)])
        await third.close()
    }

    @Test("all brokers down is said; when they are back it goes on by itself, and nothing is lost or doubled")
    func brokersDown() async throws {
        let mock = try MockCluster(brokers: 2)
        mock.create("t", partitions: 2)
        let producer = try mock.producer()
        for n in 0..<50 { producer.send("t", Int32(n % 2), "{\"n\":\(n)}") }
        producer.flush()
        let member = try Member(mock.settings("t"))
        try await eventually("the first events came") { member.positions.count == 50 }
        mock.setDown(true)
        try await eventually("it is said") { member.notices.contains(.down) }
        #expect(member.status.isDown)
        #expect(member.seen.failure == nil)
        mock.setDown(false)
        for n in 50..<100 { producer.send("t", Int32(n % 2), "{\"n\":\(n)}") }
        producer.flush()
        try await eventually("the others came") { member.positions.count >= 100 }
        try await eventually("it is said") { member.notices.contains(.up) }
        for partition in [UInt32(0), 1] {
            #expect(
                member.positions.filter { $0.partition == partition } == (1...50).map { position(partition, $0) })
        }
        await member.close()
    }

    @Test("an unknown topic, and one that may not be read, are errors that say so")
    func refused() async throws {
        let mock = try MockCluster()
        // Else the mock cluster makes every topic that is asked for.
        mock.setError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, topic: "nowhere")
        let unknown = try Member(mock.settings("nowhere"))
        try await eventually("the source fails") { unknown.seen.failure != nil }
        #expect(
            unknown.seen.failure?.message
                == "topic 'nowhere' at \(mock.brokers): there is no such topic; create it, or see to its name")
        await unknown.close()

        mock.create("secret", partitions: 1)
        mock.setError(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, topic: "secret")
        let secret = try Member(mock.settings("secret"))
        try await eventually("the source fails") { secret.seen.failure != nil }
        #expect(secret.seen.failure?.message.contains("not allowed") == true, "\(secret.seen.failure!)")
        #expect(secret.seen.failure?.code == .source)
        await secret.close()
    }

    @Test("events that retention took before they were read are a gap")
    func retention() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        let producer = try mock.producer()
        producer.send("t", 0, #"{"n":0}"#)
        producer.flush()
        let first = try Member(mock.settings("t"))
        try await eventually("the first event is committed") { try mock.committed("t", 0, group: "g") == 1 }
        await first.close()
        // The mock cluster keeps some 5 MB.
        let filler = String(repeating: "x", count: 100_000)
        for n in 1...120 {
            producer.send("t", 0, "{\"n\":\(n),\"f\":\"\(filler)\"}")
            if n % 10 == 0 { producer.flush() }
        }
        let second = try Member(mock.settings("t"))
        try await eventually("the last event came") { second.positions.last?.sequence == 121 }
        let seen = second.seen
        #expect(seen.gaps.count == 1)
        let gap = try #require(seen.gaps.first)
        #expect(gap.from == position(0, 2))
        #expect(gap.reason == "retention")
        #expect(gap.count == Int(gap.to.sequence - gap.from.sequence) + 1)
        #expect(second.positions.first == position(0, gap.to.sequence + 1))
        #expect(second.positions == (gap.to.sequence + 1...121).map { position(0, $0) })
        #expect(second.notices.contains(.gap))
        await second.close()
    }

    @Test("a topic that ends before what was read of it is an error: its positions mean other events")
    func cutOff() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        let producer = try mock.producer()
        producer.send("t", 0, #"{"n":0}"#)
        producer.flush()
        // As if the group had come further in another topic of that name.
        try commit(1_000, "t", group: "g", brokers: mock.brokers)
        #expect(try mock.committed("t", 0, group: "g") == 1_000)
        let member = try Member(mock.settings("t"))
        try await eventually("the source fails") { member.seen.failure != nil }
        let message = member.seen.failure?.message ?? ""
        #expect(message.contains("ends before offset 1, and offset 1000 was read"), "\(message)")
        #expect(message.contains("--reset-offsets"))
        await member.close()
    }

    /// Commits for a group without members, as tools do.
    private func commit(_ offset: Int64, _ topic: String, group: String, brokers: String) throws {
        let configuration = rd_kafka_conf_new()!
        for (name, value) in [("bootstrap.servers", brokers), ("group.id", group)] {
            rd_kafka_conf_set(configuration, name, value, nil, 0)
        }
        let client = try #require(rd_kafka_new(RD_KAFKA_CONSUMER, configuration, nil, 0))
        defer { rd_kafka_destroy(client) }
        let list = rd_kafka_topic_partition_list_new(1)!
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic, 0).pointee.offset = offset
        #expect(rd_kafka_commit(client, list, 0) == RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    @Test("a partition without committed offset begins where it is said to: with what comes, or nowhere")
    func starts() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        let producer = try mock.producer()
        for n in 0..<5 { producer.send("t", 0, "{\"n\":\(n)}") }
        producer.flush()
        let strict = try Member(mock.settings("t") { $0.start = .committed })
        try await eventually("the source fails") { strict.seen.failure != nil }
        #expect(strict.seen.failure?.message.contains("committed no offset of partition 0") == true)
        await strict.close()

        let latest = try Member(mock.settings("t") { $0.start = .latest })
        try await eventually("the place is committed before anything came") {
            try mock.committed("t", 0, group: "g") == 5
        }
        producer.send("t", 0, #"{"n":5}"#)
        producer.flush()
        try await eventually("the new event came") { !latest.positions.isEmpty }
        #expect(latest.positions == [position(0, 6)])
        await latest.close()
    }

    @Test("a reader that is behind holds the topic back, stays in the group, and gets everything later")
    func behind() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 4)
        let producer = try mock.producer()
        let settings = try mock.settings("t") { $0.readyBytes = 100_000 }
        let member = try Member(settings)
        member.hold(true)
        let filler = String(repeating: "x", count: 2_000)
        for n in 0..<4_000 { producer.send("t", Int32(n % 4), "{\"n\":\(n),\"f\":\"\(filler)\"}") }
        producer.flush()
        try await eventually("reading is paused") { member.status.isPaused }
        #expect(member.status.readyBytes <= 100_000 + 2 * KafkaConsumer.blockBytes)
        member.hold(false)
        try await eventually("all events came") { member.positions.count >= 4_000 }
        for partition in UInt32(0)..<4 {
            let sequences = member.positions.filter { $0.partition == partition }.map(\.sequence)
            #expect(sequences == Array(1...1_000), "partition \(partition)")
        }
        #expect(member.seen.failure == nil)
        await member.close()
    }
}
#endif
