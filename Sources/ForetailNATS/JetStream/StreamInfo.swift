#if NATS
public import FieldExtraction

/// How a stream stands.
public struct StreamInfo: Sendable, Hashable {
    /// Its name.
    public var name = ""
    /// When it was created, as the server states it; another stream of the same name has another.
    public var created = ""
    /// The sequence of the first message that is kept; of the next one where none is kept.
    public var firstSequence: UInt64 = 0
    /// The sequence of the last message ever stored; 0: none was.
    public var lastSequence: UInt64 = 0
    /// The time of the first message that is kept; nil: there is none.
    public var firstTime: Timestamp?
    /// The time of the last message; nil: there is none.
    public var lastTime: Timestamp?
    /// The messages that are kept.
    public var messages: UInt64 = 0
    /// The bytes that are kept.
    public var bytes: UInt64 = 0
    /// The consumers it has.
    public var consumers = 0
    /// The server that leads it; nil: none does at the moment, or there is no cluster.
    public var leader: String?
    /// The other servers that hold a copy, with whether they are up to date.
    public var replicas: [Replica] = []

    /// A server that holds a copy.
    public struct Replica: Sendable, Hashable {
        /// The server's name.
        public var name: String
        /// Whether it has all that the leader has.
        public var isCurrent: Bool
        /// Whether it cannot be reached.
        public var isOffline: Bool
    }

    init(_ answer: JSONValue) {
        name = answer["config"]?["name"]?.text ?? ""
        created = answer["created"]?.text ?? ""
        let state = answer["state"]
        firstSequence = state?["first_seq"]?.sequence ?? 0
        lastSequence = state?["last_seq"]?.sequence ?? 0
        messages = state?["messages"]?.sequence ?? 0
        bytes = state?["bytes"]?.sequence ?? 0
        consumers = Int(state?["consumer_count"]?.number ?? 0)
        if messages > 0 {
            firstTime = Self.time(state?["first_ts"])
            lastTime = Self.time(state?["last_ts"])
        }
        let cluster = answer["cluster"]
        leader = cluster?["leader"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        if case .array(let peers)? = cluster?["replicas"] {
            replicas = peers.map {
                Replica(
                    name: $0["name"]?.text ?? "", isCurrent: $0["current"]?.flag ?? false,
                    isOffline: $0["offline"]?.flag ?? false)
            }
        }
    }

    static func time(_ value: JSONValue?) -> Timestamp? {
        value?.text.flatMap { text in
            var parser = TimestampParser()
            let bytes = Array(text.utf8)
            return bytes.withUnsafeBufferPointer { parser.parse($0) }
        }
    }
}
#endif
