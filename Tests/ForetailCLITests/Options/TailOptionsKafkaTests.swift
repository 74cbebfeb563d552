#if Kafka
import ArgumentParser
import FieldExtraction
import Foretail
import Testing

@testable import ForetailCLI

@Suite("tail options of Kafka") struct TailOptionsKafkaTests {
    @Test("a topic is a live stream of its name, with the message's key and time where they are asked for")
    func descriptor() throws {
        let options = try TailOptions.parse(["kafka://a:9092/orders?group=g&key=host&timestamp=at"])
        #expect(options.isKafka)
        let stream = options.kafkaDescriptor
        #expect(stream.name == "orders")
        #expect(stream.isLive)
        #expect(stream.key == [FieldPath("host")])
        #expect(stream.time == FieldPath("at"))
        let named = try TailOptions.parse(["kafka://a/orders?group=g&key=host", "--key", "shop"])
        #expect(named.kafkaDescriptor.key == [FieldPath("shop")])
    }

    @Test("records for a topic are NDJSON unless something else is asked for")
    func format() throws {
        #expect(try TailOptions.parse(["x.log", "--to", "kafka://a/t"]).shownFormat == .ndjson)
        #expect(try TailOptions.parse(["x.log", "--to", "kafka://a/t", "--format", "raw"]).shownFormat == .raw)
    }

    @Test(
        "what Kafka cannot do is refused, with the remedy",
        arguments: [
            (["kafka://a/t"], "add ?group=NAME"), (["kafka://a/?group=g"], "names no topic"),
            (["-f", "kafka://a/t?group=g"], "a topic is always followed"),
            (["kafka://a/t?group=g", "--input", "csv"], "a message has no header"),
            (["x.log", "--to", "kafka://a/t?group=g"], "no parameter 'group'"),
            (["x.log", "--to", "kafka://a/t", "--format", "pretty"], "not for a topic"),
            (["x.log", "--kafka-config", "f"], "neither source nor --to is a topic"),
            (["kafka://a/t?group=g", "--from", "oldest"], "only a server's stream"),
        ])
    func refused(_ arguments: [String], _ words: String) {
        let error = #expect(throws: (any Error).self) { try TailOptions.parse(arguments) }
        #expect(error.map { TailOptions.message(for: $0) }?.contains(words) == true, "\(String(describing: error))")
    }

    @Test("a topic is not written to by its own tail")
    func own() throws {
        let options = try TailOptions.parse(["kafka://a/t?group=g", "--to", "kafka://a/t"])
        #expect(throws: ForetailError.self) { try options.refuseOwnTopic() }
        try TailOptions.parse(["kafka://a/t?group=g", "--to", "kafka://a/u"]).refuseOwnTopic()
    }
}
#endif
