#if Kafka
public import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Properties of librdkafka, as its own files write them: one `name=value` a line, `#` begins a comment.
///
///     var properties = try KafkaProperties(file: "/etc/foretail/kafka.properties")
///     try properties.set("compression.type", to: "zstd")
///
/// Credentials and TLS belong here, and whatever else librdkafka knows, but for what foretail decides itself: who commits
/// which offsets, the assignor, the producer's guarantees.
public struct KafkaProperties: Sendable {
    private(set) var values: [(name: String, value: String)] = []

    /// Names that foretail sets itself, with what to use instead.
    private static let settled: [String: String] = [
        "bootstrap.servers": "name the brokers in the address",
        "metadata.broker.list": "name the brokers in the address",
        "group.id": "write ?group=NAME in the address",
        "auto.offset.reset": "write ?from=earliest, latest or committed in the address",
        "enable.auto.commit": "offsets are committed when their events are delivered",
        "enable.auto.offset.store": "offsets are committed when their events are delivered",
        "auto.commit.interval.ms": "offsets are committed when their events are delivered",
        "partition.assignment.strategy": "partitions move one by one (cooperative-sticky)",
        "enable.partition.eof": "the end of a partition is no event",
        "enable.idempotence": "the producer is always idempotent",
        "acks": "all replicas in sync acknowledge", "request.required.acks": "all replicas in sync acknowledge",
        "transactional.id": "deliveries are no transactions",
    ]

    /// No properties.
    public init() {}

    /// Reads a file.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming file, line and remedy. Values are never shown.
    public init(file path: String) throws(ForetailError) {
        guard let file = fopen(path, "r") else {
            throw ForetailError(.badSetting, "\(path): \(String(cString: strerror(errno))); name a readable file")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        guard count < bytes.count, ferror(file) == 0 else {
            throw ForetailError(.badSetting, "\(path): no file of properties, or larger than 1 MiB; name another")
        }
        try self.init(text: String(decoding: bytes[..<count], as: UTF8.self), name: path)
    }

    /// Reads the text of such a file.
    public init(text: String, name: String) throws(ForetailError) {
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = Self.trimmed(line)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let sides = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !Self.trimmed(sides[0]).isEmpty else {
                throw ForetailError(.badSetting, "\(name), line \(number + 1): expected name=value")
            }
            do throws(ForetailError) {
                try set(String(Self.trimmed(sides[0])), to: String(Self.trimmed(sides[1])))
            } catch {
                throw ForetailError(.badSetting, "\(name), line \(number + 1): \(error.message)")
            }
        }
    }

    /// Sets a property; the last value counts.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) for a name that is not open. Others are checked when a client is made.
    public mutating func set(_ name: String, to value: String) throws(ForetailError) {
        if let remedy = Self.settled[name] {
            throw ForetailError(.badSetting, "\(name): not open to change, leave it out; \(remedy)")
        }
        guard !name.utf8.contains(0), !value.utf8.contains(0) else {
            throw ForetailError(.badSetting, "a property holds a zero byte; leave it out")
        }
        values.append((name, value))
    }

    /// The value of a property.
    subscript(_ name: String) -> String? { values.last { $0.name == name }?.value }

    /// Values that no message may show.
    var secrets: [String] {
        values.filter { pair in
            ["password", "secret", "jaas", "token", ".pem", "oauthbearer.config"].contains { pair.name.contains($0) }
                && pair.value.utf8.count > 2
        }.map(\.value)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
#endif
