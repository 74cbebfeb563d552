#if NATS
public import FieldExtraction

/// What a JetStream stream is to be.
///
///     var settings = StreamSettings(name: "EVENTS", subjects: ["events.metrics.*"])
///     settings.replicas = 3
public struct StreamSettings: Sendable, Hashable {
    /// What a full stream does.
    public enum Discard: String, Sendable, Hashable {
        /// Forgets its oldest messages.
        case old
        /// Refuses new ones.
        case new
    }

    /// Where messages are kept.
    public enum Storage: String, Sendable, Hashable {
        /// In files.
        case file
        /// In memory: gone with the servers.
        case memory
    }

    /// Its name: letters, digits, `-` and `_`.
    public var name: String
    /// The subjects it takes in.
    public var subjects: [String]
    /// A line for people; nil: as it is.
    public var description: String?
    /// Servers that hold a copy: 1, 3 or 5.
    public var replicas = 1
    /// Where messages are kept.
    public var storage = Storage.file
    /// What it does when it is full.
    public var discard = Discard.old
    /// Bytes at most; -1: no bound.
    public var maxBytes: Int64 = -1
    /// Messages at most; -1: no bound.
    public var maxMessages: Int64 = -1
    /// Messages of one subject at most; -1: no bound.
    public var maxMessagesPerSubject: Int64 = -1
    /// Bytes of one message at most; -1: no bound.
    public var maxMessageSize: Int64 = -1
    /// Nanoseconds after which messages are forgotten; 0: never.
    public var maxAge: Int64 = 0
    /// Nanoseconds in which a message id is remembered.
    public var duplicateWindow: Int64 = 120_000_000_000
    /// Whether a message may replace all others of its subject (`Nats-Rollup`).
    public var allowsRollup = false
    /// Whether single messages may be read from any replica.
    public var allowsDirect = false
    /// Whether single messages cannot be deleted.
    public var deniesDelete = false
    /// Further members of the configuration as JetStream names them; they are read back and compared like the others.
    public var more: [JSONValue.Member] = []

    /// Creates settings of a stream.
    public init(name: String, subjects: [String]) {
        self.name = name
        self.subjects = subjects
    }

    /// Whether two settings ask for the same.
    public static func == (left: StreamSettings, right: StreamSettings) -> Bool { left.json == right.json }

    /// Hashes the name, which tells settings apart well enough.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    var json: JSONValue {
        var value = JSONValue.members([
            "name": .string(name),
            "subjects": .array(subjects.map { .string($0) }),
            "description": description.map { .string($0) },
            "retention": .string("limits"),
            "storage": .string(storage.rawValue),
            "discard": .string(discard.rawValue),
            "num_replicas": .integer(Int64(replicas)),
            "max_consumers": .integer(-1),
            "max_bytes": .integer(maxBytes),
            "max_msgs": .integer(maxMessages),
            "max_msgs_per_subject": .integer(maxMessagesPerSubject),
            "max_msg_size": .integer(maxMessageSize),
            "max_age": .integer(maxAge),
            "duplicate_window": .integer(duplicateWindow),
            "allow_rollup_hdrs": .bool(allowsRollup),
            "allow_direct": .bool(allowsDirect),
            "deny_delete": .bool(deniesDelete),
        ])
        if case .object(var members) = value {
            members += more
            value = .object(members)
        }
        return value
    }

    /// Whether a text can be the name of a stream, a bucket or a token of a subject.
    public static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F
                    && !(byte == 0x2E || byte == 0x2A || byte == 0x3E || byte == 0x2F || byte == 0x5C)
            }
    }
}
#endif
