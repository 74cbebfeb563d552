#if Kafka
public import FieldExtraction
public import Foretail

/// How a topic is read by a consumer group.
public struct KafkaSourceSettings: Sendable {
    /// Where a partition begins of which the group has committed no offset yet.
    public enum Start: String, Sendable, CaseIterable {
        /// With the oldest event that Kafka still has.
        case earliest
        /// With what comes from now on. That place is committed at once, so that nothing is passed over if the partition moves.
        case latest
        /// Nowhere: such a partition is an error.
        case committed
    }

    /// Members of an event that tell of the message it came in; nil leaves them out. They stand before the event's own members;
    /// choose names that the events do not use.
    public struct Members: Sendable, Hashable {
        /// Gets the message's key, as a string; null where there is none. Bytes that are no UTF-8 are replaced.
        public var key: String?
        /// Gets the message's timestamp, in milliseconds since 1970; left out where there is none.
        public var timestamp: String?
        /// Gets the headers as an object of strings; the last one of a name counts.
        public var headers: String?
        /// Is `true` in an event made of a tombstone, a message without a value. Nil: tombstones are no events, only counted.
        public var tombstone: String?

        /// No members.
        public init() {}
    }

    /// Brokers and topic.
    public var address: KafkaAddress
    /// The consumer group.
    public var group: String
    /// Where a partition without committed offset begins.
    public var start = Start.earliest
    /// Further properties: credentials, TLS, timeouts.
    public var properties = KafkaProperties()
    /// What events tell of their messages.
    public var members = Members()
    /// Bytes of events that are kept ready and not read yet, beside those that librdkafka keeps
    /// (`queued.max.messages.kbytes`, 16 MiB unless set). With more, the topic is not read on until the pipeline has caught up.
    public var readyBytes = 4 << 20
    /// Microseconds between two commits of what was acknowledged.
    public var commitMicroseconds: Int64 = 1_000_000
    /// Microseconds that a partition waits to leave until its events are acknowledged. Keep it below `max.poll.interval.ms`
    /// (five minutes unless set), after which the group takes the partition anyway. An event of a partition that left unacknowledged
    /// is delivered by its next owner too, with the same position.
    public var revokeMicroseconds: Int64 = 240_000_000
    /// Whether a partition leaves only after ``KafkaPartitions/release()``.
    public var waitsForRelease = false

    /// Creates settings.
    public init(address: KafkaAddress, group: String) {
        self.address = address
        self.group = group
    }

    /// Takes the settings from an address: `group` (which must be there), `from`, `key`, `timestamp`, `headers`, `tombstone`.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming the parameter and the remedy.
    public init(_ address: KafkaAddress) throws(ForetailError) {
        try address.refuseUnknown(["group", "from", "key", "timestamp", "headers", "tombstone"], what: "source")
        let place = "kafka://\(address.brokers)/\(address.topic)"
        guard let group = address.parameters["group"] else {
            throw ForetailError(
                .badSetting,
                """
                \(place): the consumer group is missing; add ?group=NAME. Members of one group share the partitions, and the \
                group remembers how far they are
                """)
        }
        self.init(address: address, group: group)
        if let from = address.parameters["from"] {
            guard let start = Start(rawValue: from) else {
                throw ForetailError(.badSetting, "\(place): from=\(from): expected earliest, latest or committed")
            }
            self.start = start
        }
        members.key = address.parameters["key"]
        members.timestamp = address.parameters["timestamp"]
        members.headers = address.parameters["headers"]
        members.tombstone = address.parameters["tombstone"]
    }
}

/// How records are written to a topic.
public struct KafkaDestinationSettings: Sendable {
    /// Brokers and topic.
    public var address: KafkaAddress
    /// Further properties: credentials, TLS, compression.
    public var properties = KafkaProperties()
    /// The record's fields that become the message's key, with commas between: messages of one key keep their order. Records of
    /// events and predictions have `key`; a record without any of the fields has no key and goes to any partition.
    public var keyFields = [FieldPath("key")]
    /// Microseconds that a delivery may take, brokers that are down included, before it fails.
    public var deliveryMicroseconds: Int64 = 300_000_000
    /// Bytes on their way to the brokers at most; further records wait.
    public var queuedBytes = 32 << 20

    /// Creates settings.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) for an address with parameters, which only sources have.
    public init(_ address: KafkaAddress) throws(ForetailError) {
        try address.refuseUnknown([], what: "destination")
        self.address = address
    }
}
#endif
