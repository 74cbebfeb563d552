#if NATS
import FieldExtraction

/// JetStream over a connection: streams, messages, publishing, reading.
///
///     let jetStream = JetStream(connection)
///     try await jetStream.ensureStream(StreamSettings(name: "EVENTS", subjects: ["events.>"]))
///     let results = await jetStream.publish(batch)
///
/// Speaks JetStream's JSON interface itself, so that every error keeps its number and every answer can be compared with what was
/// asked; the client library carries the messages.
public struct JetStream: Sendable {
    /// The connection.
    public let connection: NATSConnection
    /// What subjects of the interface begin with: `$JS.API`, or `$JS.DOMAIN.API`.
    public let prefix: String

    /// Creates the interface, for a domain if servers have one.
    public init(_ connection: NATSConnection, domain: String? = nil) {
        self.connection = connection
        prefix = domain.map { "$JS.\($0).API" } ?? "$JS.API"
    }

    /// Asks the interface and reads the answer.
    ///
    /// - Parameters:
    ///   - operation: What stands behind the prefix: `STREAM.INFO.EVENTS`.
    ///   - body: The question.
    ///   - doing: What is tried, as the beginning of a sentence.
    /// - Throws: ``NATSFailure``, of the error in the answer where there is one.
    func ask(
        _ operation: String, _ body: JSONValue? = nil, _ doing: String, within microseconds: Int64? = nil
    ) async throws(NATSFailure) -> JSONValue {
        var bytes: [UInt8] = []
        body?.append(to: &bytes)
        let answer = try await connection.request("\(prefix).\(operation)", bytes, within: microseconds)
        guard let value = try? JSONValue(parsing: answer) else {
            throw NATSFailure(.answer, "\(doing): the server's answer is no JSON")
        }
        if let failure = JetStreamError.failure(value, doing) { throw failure }
        return value
    }
}

extension JSONValue {
    /// An object of members that are there.
    static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }

    var number: Int64? {
        switch self {
        case .integer(let number): number
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    var sequence: UInt64? {
        switch self {
        case .integer(let number): UInt64(exactly: number)
        case .double(let number): UInt64(exactly: number)
        default: nil
        }
    }

    /// A sequence as a number of JSON.
    static func sequence(_ sequence: UInt64) -> JSONValue { .integer(Int64(clamping: sequence)) }
}
#endif
