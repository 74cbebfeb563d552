#if Kafka
public import Foretail

/// Where a topic is: `kafka://host:port,host:port/topic?group=NAME`.
///
///     let address = try KafkaAddress("kafka://kafka-1:9092,kafka-2/orders?group=alerts&from=latest")
///     address.brokers                  // kafka-1:9092,kafka-2
///     address.parameters["group"]      // alerts
///
/// It holds no credentials: those come from a file or the environment (``KafkaProperties``).
public struct KafkaAddress: Hashable, Sendable {
    /// Brokers to begin with, as `bootstrap.servers` lists them. The port is 9092 where none is stated.
    public let brokers: String
    /// The topic.
    public let topic: String
    /// What stands behind the question mark.
    public let parameters: [String: String]

    /// Whether a text is meant to be such an address.
    public static func isAddress(_ text: String) -> Bool { text.lowercased().hasPrefix("kafka://") }

    /// Reads an address.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming the part that is wrong.
    public init(_ text: String) throws(ForetailError) {
        func refuse(_ reason: String) -> ForetailError {
            ForetailError(.badSetting, "\(text): \(reason); write kafka://HOST:PORT[,HOST:PORT]/TOPIC")
        }
        guard Self.isAddress(text) else { throw refuse("not an address of Kafka") }
        let parts = text.dropFirst("kafka://".count).split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        if parts[0].contains("@") {
            throw ForetailError(
                .badSetting,
                """
                kafka://…: an address holds no user and no password; put sasl.username and sasl.password into a \
                properties file, or into FORETAIL_KAFKA_USERNAME and FORETAIL_KAFKA_PASSWORD
                """)
        }
        let path = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let hosts = path[0].split(separator: ",", omittingEmptySubsequences: false)
        guard hosts.allSatisfy(Self.isHost) else { throw refuse("'\(path[0])' names no brokers") }
        guard path.count == 2, Self.isTopic(path[1]) else {
            throw refuse(
                path.count == 2 && !path[1].isEmpty
                    ? "'\(path[1])' is no name of a topic (letters, digits, '.', '_' and '-', at most 249)"
                    : "it names no topic")
        }
        brokers = String(path[0])
        topic = String(path[1])
        var parameters: [String: String] = [:]
        for pair in parts.count == 2 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let name = Self.decoded(sides[0]), let value = Self.decoded(sides[1]),
                !value.isEmpty
            else {
                throw refuse("'\(pair)' is no NAME=VALUE")
            }
            guard parameters.updateValue(value, forKey: name) == nil else { throw refuse("'\(name)' stands twice") }
        }
        self.parameters = parameters
    }

    /// Refuses parameters that nobody reads: a slip in a name would leave a default in force.
    func refuseUnknown(_ known: [String], what: String) throws(ForetailError) {
        for name in parameters.keys.sorted() where !known.contains(name) {
            throw ForetailError(
                .badSetting,
                "kafka://\(brokers)/\(topic): a \(what) has no parameter '\(name)'; it knows \(known.joined(separator: ", "))"
            )
        }
    }

    private static func isHost(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else { return true }
        return colon > text.startIndex && UInt16(text[text.index(after: colon)...]) != nil
    }

    private static func isTopic(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 249, text != ".", text != ".." else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// Takes `%20` and the like back; nil for what is no text.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(rest.prefix(2))!, radix: 16), value != 0 else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
#endif
