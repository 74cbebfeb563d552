#if Kafka
import Foretail
import Testing

@testable import ForetailKafka

@Suite("KafkaAddress") struct KafkaAddressTests {
    @Test("an address names brokers, topic and parameters")
    func parts() throws {
        let address = try KafkaAddress("kafka://a:9092,b,[::1]:9093/orders.v1?group=my%20group&from=latest")
        #expect(address.brokers == "a:9092,b,[::1]:9093")
        #expect(address.topic == "orders.v1")
        let settings = try KafkaSourceSettings(address)
        #expect(settings.group == "my group")
        #expect(settings.start == .latest)
    }

    @Test(
        "what is wrong with an address is said",
        arguments: [
            ("kafka://a:9092", "names no topic"), ("kafka://a:9092/", "names no topic"),
            ("kafka:///orders", "names no brokers"), ("kafka://a:x/orders", "names no brokers"),
            ("kafka://a,,b/orders", "names no brokers"), ("kafka://a/or ders", "no name of a topic"),
            ("kafka://a/^orders.*", "no name of a topic"), ("kafka://a/t?group", "is no NAME=VALUE"),
            ("kafka://a/t?group=%zz", "is no NAME=VALUE"), ("kafka://a/t?group=x&group=y", "stands twice"),
            ("http://a/t", "not an address of Kafka"),
        ])
    func wrong(_ text: String, _ reason: String) {
        let error = #expect(throws: ForetailError.self) { try KafkaAddress(text) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.code == .badSetting)
    }

    @Test("an address with credentials is refused, and not repeated")
    func credentials() {
        let error = #expect(throws: ForetailError.self) { try KafkaAddress("kafka://me:geheim@a:9092/t") }
        #expect(error?.message.contains("geheim") == false)
        #expect(error?.message.contains("sasl.password") == true)
    }

    @Test(
        "a source wants a group, and no parameter that it does not know",
        arguments: [
            ("kafka://a/t", "consumer group is missing"), ("kafka://a/t?group=g&form=latest", "no parameter 'form'"),
            ("kafka://a/t?group=g&from=oldest", "expected earliest, latest or committed"),
        ])
    func source(_ text: String, _ reason: String) throws {
        let address = try KafkaAddress(text)
        let error = #expect(throws: ForetailError.self) { try KafkaSourceSettings(address) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("a destination has no parameters")
    func destination() throws {
        let address = try KafkaAddress("kafka://a/t?group=g")
        #expect(throws: ForetailError.self) { try KafkaDestinationSettings(address) }
    }
}
#endif
