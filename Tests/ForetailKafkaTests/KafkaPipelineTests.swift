#if Kafka
import CKafka
import FieldExtraction
import Foretail
import Testing

@testable import ForetailKafka

@Suite("A pipeline from topic to topic", .serialized, .timeLimit(.minutes(30)))
struct KafkaPipelineTests {
    private struct Observer: PipelineObserver {
        let control: PipelineControl
        let until: UInt64

        mutating func completed(
            _ batch: borrowing EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager,
            now: Timestamp
        ) {
            if let last = manager.lastPosition(stream: "s"), last.sequence >= until { control.stop() }
        }
    }

    private struct Clock: WallClock {
        func now() -> Timestamp { Timestamp(microseconds: 0) }
    }

    @Test("what matches arrives with its position; what is committed was delivered")
    func through() async throws {
        let mock = try MockCluster()
        mock.create("in", partitions: 1)
        mock.create("out", partitions: 1)
        let producer = try mock.producer()
        for n in 0..<1_000 { producer.send("in", 0, "{\"n\":\(n)}") }
        producer.flush()
        var stream = StreamDescriptor(name: "s")
        stream.isLive = true
        var manager = PredictiveBufferManager()
        try manager.describeStream(stream)
        _ = try manager.registerTailRequest(
            streamName: "s", filter: "event.n >= 500", destination: DestinationID(0), prediction: nil)
        let control = PipelineControl(tickMicroseconds: 50_000)
        let source = try KafkaSource(mock.settings("in"), stream: stream)
        let destination = try KafkaDestination(KafkaDestinationSettings(mock.address("out")))
        var pipeline = Pipeline(
            stream: "s", manager: manager, source: source, log: KafkaLog(), destination: destination,
            renderer: NDJSONRenderer(), clock: Clock(), control: control)
        var observer = Observer(control: control, until: 1_000)
        try await pipeline.run(observer: &observer)
        await source.close()
        await destination.close()
        #expect(try mock.committed("in", 0, group: "g") == 1_000)
        let reader = try Member(mock.settings("out", group: "check"))
        try await eventually("all matches are there") { reader.positions.count >= 500 }
        #expect(reader.texts.first?.contains(#""position":"0:1-501""#) == true, "\(reader.texts.first ?? "")")
        #expect(reader.texts.last?.contains(#""position":"0:1-1000""#) == true)
        #expect(reader.positions.count == 500)
        await reader.close()
    }

    @Test("a destination that fails keeps the offset back: the events come again")
    func failing() async throws {
        let mock = try MockCluster()
        mock.create("in", partitions: 1)
        let producer = try mock.producer()
        for n in 0..<10 { producer.send("in", 0, "{\"n\":\(n)}") }
        producer.flush()
        var manager = PredictiveBufferManager()
        _ = try manager.registerTailRequest(streamName: "s", destination: DestinationID(0), prediction: nil)
        let source = try KafkaSource(mock.settings("in"), stream: StreamDescriptor(name: "s"))
        mock.create("out", partitions: 1)
        mock.push([.init(87)], of: 0)  // INVALID_RECORD
        let destination = try KafkaDestination(KafkaDestinationSettings(mock.address("out")))
        let control = PipelineControl(tickMicroseconds: 50_000)
        var pipeline = Pipeline(
            stream: "s", manager: manager, source: source, log: KafkaLog(), destination: destination,
            renderer: NDJSONRenderer(), clock: Clock(), control: control)
        var observer = Observer(control: control, until: 10)
        await #expect(throws: ForetailError.self) { try await pipeline.run(observer: &observer) }
        await source.close()
        await destination.close()
        #expect(try mock.committed("in", 0, group: "g") == nil)
    }
}
#endif
