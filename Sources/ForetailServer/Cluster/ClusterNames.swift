#if Server && NATS
import Foretail

/// What the cluster's streams and subjects are called, and how places in them become positions.
enum ClusterNames {
    /// The most partitions of a stream.
    static let mostPartitions = 4_096
    /// The bucket of registers and definitions.
    static let bucket = "foretail"
    /// The bucket of webhooks: how far each is, and what it signs with.
    static let webhooks = "foretail-webhooks"
    /// The stream of batches that no receiver took.
    static let deadLetters = "FORETAIL_DEAD_LETTERS"
    /// The stream of snapshots.
    static let snapshots = "FORETAIL_SNAPSHOTS"
    /// The stream in memory through which predictions go to whoever listens.
    static let ahead = "FORETAIL_AHEAD"
    /// Events of one message, at most: the low bits of a position.
    static let messageEvents = 4_096
    /// Bytes that NATS must take as one message: an event of the largest size, with what its record adds.
    static let messageBytes = 1 << 20
    private static let placeBits: UInt64 = 12

    /// A stream's name as one token of a subject. Names have no `=`.
    static func token(_ stream: String) -> String {
        String(decoding: stream.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "=") : $0 }, as: UTF8.self)
    }

    static func stream(ofBucket bucket: String) -> String { "KV_\(bucket)" }
    static func key(_ key: String, in bucket: String = ClusterNames.bucket) -> String { "$KV.\(bucket).\(key)" }
    static func deadLetters(_ request: TailRequestID) -> String { "foretail-cluster.dead.\(request)" }
    static func input(_ stream: String) -> String { "FORETAIL_IN_\(token(stream))" }
    static func input(_ stream: String, _ partition: UInt32) -> String {
        "foretail-cluster.in.\(token(stream)).\(partition)"
    }
    static func output(_ stream: String) -> String { "FORETAIL_OUT_\(token(stream))" }

    static func output(_ stream: String, _ request: TailRequestID, _ partition: UInt32) -> String {
        "foretail-cluster.out.\(token(stream)).\(request).\(partition)"
    }

    static func output(_ stream: String, _ request: TailRequestID) -> String {
        "foretail-cluster.out.\(token(stream)).\(request).*"
    }

    static func ahead(_ request: TailRequestID) -> String { "foretail-cluster.ahead.\(request)" }

    /// What is asked of one node: what its owners know.
    static func ask(_ node: String) -> String { "foretail-cluster.ask.\(node)" }

    static func snapshot(_ stream: String, _ partition: UInt32) -> String {
        "foretail-cluster.snapshot.\(token(stream)).\(partition)"
    }

    /// The position of an event by the sequence of its message and its place in it.
    static func position(_ partition: UInt32, sequence: UInt64, place: Int = 0) -> Position {
        Position(partition: partition, sequence: sequence << placeBits | UInt64(place))
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
#endif
