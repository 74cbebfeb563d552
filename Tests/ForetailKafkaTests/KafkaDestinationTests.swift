#if Kafka
import CKafka
import FieldExtraction
import Foretail
import Synchronization
import Testing

@testable import ForetailKafka

@Suite("KafkaDestination", .serialized, .timeLimit(.minutes(30)))
struct KafkaDestinationTests {
    private final class Notices: Sendable {
        private let list = Mutex<[KafkaNotice]>([])
        var reasons: [KafkaNotice.Reason] { list.withLock { $0.map(\.reason) } }
        func add(_ notice: KafkaNotice) { list.withLock { $0.append(notice) } }
    }

    private func destination(
        _ mock: MockCluster, _ topic: String = "t", _ notices: Notices = Notices(),
        _ change: (inout KafkaDestinationSettings) throws -> Void = { _ in }
    ) throws -> KafkaDestination {
        var settings = try KafkaDestinationSettings(mock.address(topic))
        try settings.properties.set("reconnect.backoff.max.ms", to: "500")
        try change(&settings)
        return try KafkaDestination(settings) { notices.add($0) }
    }

    private func records(_ numbers: Range<Int>, keys: Int = 7) -> [UInt8] {
        Array(numbers.map { "{\"key\":\"k\($0 % keys)\",\"n\":\($0)}\n" }.joined().utf8)
    }

    /// Everything in the topic: key and number, in the order of the partitions.
    private func read(_ mock: MockCluster, count: Int) async throws -> [(key: String, n: Int, Position)] {
        let topic = "t"
        let settings = try mock.settings(topic, group: "check") { $0.members.key = "messageKey" }
        let member = try Member(settings)
        try await eventually("\(count) messages came") { member.positions.count >= count }
        await member.close()
        return member.seen.events.map { event in
            let parts = event.text.split(separator: "\"")
            return (String(parts[3]), Int(event.text.split(separator: ":").last!.dropLast())!, event.position)
        }
    }

    /// Whether each key lies in one partition, in order; repeats count once.
    private func checkOrder(_ events: [(key: String, n: Int, Position)], count: Int) {
        var partitions: [String: UInt32] = [:]
        var last: [String: Int] = [:]
        var seen: Set<Int> = []
        for (key, n, position) in events {
            #expect(partitions[key, default: position.partition] == position.partition)
            partitions[key] = position.partition
            guard seen.insert(n).inserted else { continue }
            #expect(n > last[key, default: -1], "key \(key): \(n) after \(last[key]!)")
            last[key] = n
        }
        #expect(seen == Set(0..<count))
    }

    @Test("a delivery is one message a record, keyed by the event's key, in order; when it returns they are there")
    func deliver() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 4)
        var destination = try destination(mock)
        for start in stride(from: 0, to: 2_000, by: 100) {
            try await destination.deliver(records(start..<start + 100), to: DestinationID(0))
        }
        await destination.close()
        let events = try await read(mock, count: 2_000)
        #expect(events.count == 2_000, "an idempotent producer doubles nothing")
        checkOrder(events, count: 2_000)
        #expect(Set(events.map(\.2.partition)).count > 1)
        let error = await #expect(throws: ForetailError.self) {
            try await destination.deliver(records(0..<1), to: DestinationID(0))
        }
        #expect(error?.message.contains("closed") == true)
    }

    @Test("requests that fail are repeated without a change of order, and nothing is doubled")
    func retries() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 2)
        var destination = try destination(mock, "t") { settings in
            try settings.properties.set("retry.backoff.ms", to: "20")
            try settings.properties.set("batch.num.messages", to: "50")
        }
        try await destination.deliver(records(0..<100), to: DestinationID(0))
        mock.push(
            [
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            ], of: 0)
        try await destination.deliver(records(100..<1_000), to: DestinationID(0))
        await destination.close()
        let events = try await read(mock, count: 1_000)
        #expect(events.count == 1_000)
        checkOrder(events, count: 1_000)
    }

    @Test("a producer that failed for good is made anew, and sends what was not acknowledged")
    func fatal() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        let notices = Notices()
        var destination = try destination(mock, "t", notices)
        try await destination.deliver(records(0..<100), to: DestinationID(0))
        mock.push([RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER], of: 0)
        try await destination.deliver(records(100..<200), to: DestinationID(0))
        #expect(notices.reasons.contains(.producer))
        await destination.close()
        let events = try await read(mock, count: 200)
        checkOrder(events, count: 200)
    }

    @Test("brokers that are down hold a delivery up, which is said; when they are back it arrives")
    func down() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 2)
        let notices = Notices()
        var destination = try destination(mock, "t", notices)
        try await destination.deliver(records(0..<10), to: DestinationID(0))
        mock.setDown(true)
        try await eventually("it is said") { notices.reasons.contains(.down) }
        let isDone = Mutex(false)
        let more = records(10..<300)
        let held = destination
        let delivery = Task {
            var held = held
            try await held.deliver(more, to: DestinationID(0))
            isDone.withLock { $0 = true }
        }
        #expect(!isDone.withLock { $0 }, "delivered to brokers that are down")
        mock.setDown(false)
        try await delivery.value
        #expect(notices.reasons.contains(.up))
        await destination.close()
        checkOrder(try await read(mock, count: 300), count: 300)
    }

    @Test("a delivery that takes too long fails, and says how long")
    func timeout() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        mock.setDown(true)
        var destination = try destination(mock) { $0.deliveryMicroseconds = 1_000_000 }
        let error = await #expect(throws: ForetailError.self) {
            try await destination.deliver(records(0..<3), to: DestinationID(0))
        }
        #expect(error?.code == .destination)
        #expect(error?.message.contains("not delivered within 1 s") == true, "\(error?.message ?? "")")
        await destination.close()
    }

    @Test("a record that is too large is named, whoever finds it so; those before it stay in order")
    func tooLarge() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        var destination = try destination(mock)
        let large = "{\"key\":\"big\",\"f\":\"" + String(repeating: "x", count: 1_100_000) + "\"}\n"
        let all = records(0..<2) + Array(large.utf8) + records(2..<3)
        let own = await #expect(throws: ForetailError.self) { try await destination.deliver(all, to: DestinationID(0)) }
        #expect(
            own?.message.contains("record 3 of 4 (1100020 bytes, key 'big') is too large") == true,
            "\(own?.message ?? "")")
        mock.push([RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE], of: 0)
        let brokers = await #expect(throws: ForetailError.self) {
            try await destination.deliver(records(2..<3), to: DestinationID(0))
        }
        #expect(brokers?.message.contains("record 1 of 1") == true, "\(brokers?.message ?? "")")
        // It goes on, as a request that resumes does.
        try await destination.deliver(records(0..<5), to: DestinationID(0))
        await destination.close()
        checkOrder(try await read(mock, count: 7), count: 5)
    }

    @Test("a topic that may not be written is an error that says so")
    func refused() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 1)
        var destination = try destination(mock)
        mock.push([RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED], of: 0)
        let error = await #expect(throws: ForetailError.self) {
            try await destination.deliver(records(0..<1), to: DestinationID(0))
        }
        #expect(error?.message.contains("ask for the right to write") == true, "\(error?.message ?? "")")
        await destination.close()
    }

    @Test("more than the queue holds is delivered all the same, and a task that is cancelled gives up")
    func queue() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 4)
        var destination = try destination(mock) { $0.queuedBytes = 64 << 10 }
        try await destination.deliver(records(0..<20_000), to: DestinationID(0))
        checkOrder(try await read(mock, count: 20_000), count: 20_000)
        mock.setDown(true)
        let more = records(0..<20_000)
        let held = destination
        let task = Task {
            var held = held
            try await held.deliver(more, to: DestinationID(0))
        }
        task.cancel()
        await #expect(throws: ForetailError.self) { try await task.value }
        await destination.close()
    }
}
#endif
