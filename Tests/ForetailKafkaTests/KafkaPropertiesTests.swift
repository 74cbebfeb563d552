#if Kafka
import Foretail
import Foundation
import Testing

@testable import ForetailKafka

@Suite("KafkaProperties") struct KafkaPropertiesTests {
    @Test("a file holds one property a line, with comments")
    func file() throws {
        let path = NSTemporaryDirectory() + "foretail-kafka-\(UUID().uuidString).properties"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "# who we are\nsasl.username = me\r\n\n  sasl.password=a=b c\nsasl.username=you\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
        let properties = try KafkaProperties(file: path)
        #expect(properties["sasl.username"] == "you")
        #expect(properties["sasl.password"] == "a=b c")
        #expect(properties.secrets == ["a=b c"])
    }

    @Test(
        "what cannot be read is named by file and line, without its value",
        arguments: [
            ("a=1\nsasl.password geheim\n", "line 2: expected name=value"), ("=geheim", "line 1: expected name=value"),
            ("enable.auto.commit=geheim", "line 1: enable.auto.commit: not open to change"),
            ("group.id=geheim", "write ?group=NAME"), ("acks=geheim", "all replicas"),
        ])
    func wrong(_ text: String, _ reason: String) {
        let error = #expect(throws: ForetailError.self) { try KafkaProperties(text: text, name: "k.properties") }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasPrefix("k.properties, line ") == true)
        #expect(error?.message.contains("geheim") == false)
    }

    @Test("a file that is not there is named")
    func missing() {
        let error = #expect(throws: ForetailError.self) { try KafkaProperties(file: "/nonexistent/k.properties") }
        #expect(error?.message.hasPrefix("/nonexistent/k.properties: No such file") == true)
    }

    @Test("librdkafka's word on a property comes with the topic, and without secrets")
    func unknown() throws {
        let address = try KafkaAddress("kafka://127.0.0.1:1/t")
        var settings = KafkaSourceSettings(address: address, group: "g")
        try settings.properties.set("sasl.pasword", to: "geheim")
        let misspelt = #expect(throws: ForetailError.self) {
            try KafkaSource(settings, stream: StreamDescriptor(name: "s"))
        }
        #expect(misspelt?.message.contains("sasl.pasword") == true)
        #expect(misspelt?.message.hasPrefix("topic 't' at 127.0.0.1:1: ") == true)
        settings.properties = KafkaProperties()
        try settings.properties.set("sasl.password", to: "geheim")
        try settings.properties.set("security.protocol", to: "geheim")
        let wrong = #expect(throws: ForetailError.self) {
            try KafkaSource(settings, stream: StreamDescriptor(name: "s"))
        }
        #expect(wrong?.message.contains("geheim") == false)
        #expect(wrong?.code == .badSetting)
    }

    @Test("CSV is refused: a message has no header")
    func csv() throws {
        var stream = StreamDescriptor(name: "s")
        stream.input = .csv
        let settings = KafkaSourceSettings(address: try KafkaAddress("kafka://127.0.0.1:1/t"), group: "g")
        #expect(throws: ForetailError.self) { try KafkaSource(settings, stream: stream) }
    }
}
#endif
