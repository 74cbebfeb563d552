#if Kafka
import CKafka
import Foretail

/// A client of librdkafka, with what messages may say of it. For one thread, but where librdkafka says otherwise.
final class KafkaClient: @unchecked Sendable {
    /// The thing itself.
    let handle: OpaquePointer
    /// What messages begin with: `topic 'orders' at kafka-1:9092`.
    let place: String
    private let secrets: [String]

    /// Where a topic is, for messages.
    static func place(_ address: KafkaAddress) -> String { "topic '\(address.topic)' at \(address.brokers)" }

    /// Makes a client; it connects by itself.
    ///
    /// - Parameters:
    ///   - fixed: Properties that stand whatever `properties` say.
    ///   - defaults: Properties that `properties` may overrule.
    ///   - opaque: What callbacks are given.
    ///   - prepare: Sets callbacks.
    /// - Throws: ``ForetailError`` (`badSetting`) naming the property.
    init(
        _ kind: rd_kafka_type_t, _ address: KafkaAddress, properties: KafkaProperties,
        defaults: [(String, String)], fixed: [(String, String)], opaque: UnsafeMutableRawPointer?,
        prepare: (OpaquePointer) -> Void
    ) throws(ForetailError) {
        place = Self.place(address)
        secrets = properties.secrets
        let configuration = rd_kafka_conf_new()!
        var text = [CChar](repeating: 0, count: 512)
        let all =
            [("client.id", "foretail"), ("log.connection.close", "false")] + defaults
            + properties.values.map { ($0.name, $0.value) } + fixed + [("bootstrap.servers", address.brokers)]
        for (name, value) in all {
            guard rd_kafka_conf_set(configuration, name, value, &text, text.count) == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(configuration)
                throw ForetailError(
                    .badSetting, "\(place): \(Self.plain(text, without: secrets)); see to the properties")
            }
        }
        // Else librdkafka writes to standard error whatever it finds noteworthy; errors come by another way.
        rd_kafka_conf_set_log_cb(configuration, ignoreLog)
        if let opaque { rd_kafka_conf_set_opaque(configuration, opaque) }
        prepare(configuration)
        guard let handle = rd_kafka_new(kind, configuration, &text, text.count) else {
            rd_kafka_conf_destroy(configuration)
            throw ForetailError(.badSetting, "\(place): \(Self.plain(text, without: secrets)); see to the properties")
        }
        self.handle = handle
    }

    /// Frees the client. Blocks until its threads have ended.
    func destroy() { rd_kafka_destroy(handle) }

    /// Words of librdkafka in one line, without secrets.
    func plain(_ text: String) -> String { Self.plain(text, without: secrets) }

    /// What an error code means.
    func text(_ code: rd_kafka_resp_err_t) -> String { plain(String(cString: rd_kafka_err2str(code))) }

    /// Takes an error object: its code and words; nil for none.
    func take(_ error: OpaquePointer?) -> String? {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        return plain(String(cString: rd_kafka_error_string(error)))
    }

    /// Why the client failed for good; nil while it did not.
    var fatal: String? {
        var text = [CChar](repeating: 0, count: 512)
        guard rd_kafka_fatal_error(handle, &text, text.count) != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return Self.plain(text, without: secrets)
    }

    private static func plain(_ text: [CChar], without secrets: [String]) -> String {
        plain(text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }, without: secrets)
    }

    private static func plain(_ text: String, without secrets: [String]) -> String {
        var line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        for secret in secrets {
            line = line.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "…")
        }
        while line.last == " " || line.last == "." { line.removeLast() }
        return line
    }
}

private func ignoreLog(
    _ client: OpaquePointer?, _ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?
) {}
#endif
