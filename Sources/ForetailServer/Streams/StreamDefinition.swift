#if Server
import FieldExtraction
import FilterLanguage
import Foretail
import ForetailSQLite

/// What a user says of a stream: its descriptor, its retention, how durable it is.
struct StreamDefinition: Sendable {
    /// The fields that make up the key.
    var key: [String] = []
    /// The field that holds the event's time.
    var time: String?
    /// How far behind its key's largest time an event may be without being late.
    var latenessMicroseconds: Int64 = 0
    /// When an append counts as durable.
    var durability = Durability.fsync
    /// How the stream is counted from another; nil: it has events of its own.
    var count: CountDefinition?
    /// The age at which events are forgotten; nil: never.
    var retentionMicroseconds: Int64?
    /// The bytes beyond which the oldest events are forgotten; nil: never.
    var retentionBytes: Int?

    static let names = "key, time, lateness, durability, retention, count"

    /// Creates the definition of a stream that came into being by its first event.
    init() {}

    /// Reads a definition.
    init(_ value: JSONValue, defaults: StreamDefinition) throws(Problem) {
        self = defaults
        var reader = try ObjectReader(value)
        key = try reader.strings("key") ?? []
        time = try reader.string("time")
        for field in key + (time.map { [$0] } ?? []) {
            guard !field.isEmpty, field.utf8.count <= 1_024 else {
                throw .invalid("key", "expected the names of fields, such as \"host\" or \"user.id\"")
            }
        }
        guard key.count <= 16 else { throw .invalid("key", "expected at most 16 fields") }
        latenessMicroseconds = try reader.duration("lateness") ?? 0
        try readCount(&reader)
        if let name = try reader.string("durability") {
            guard let known = Durability(rawValue: name) else {
                throw .invalid("durability", "expected \"fsync\" or \"os\", not \"\(name)\"")
            }
            durability = known
        }
        if var retention = try reader.object("retention") {
            retentionMicroseconds = try retention.duration("age")
            retentionBytes = try retention.integer("bytes", in: 0...(1 << 50))
            try retention.finish(knows: "age, bytes")
        }
        try reader.finish(knows: Self.names)
    }

    /// Reads `count`: a stream of counts has its key and its time from that.
    private mutating func readCount(_ reader: inout ObjectReader) throws(Problem) {
        guard var counting = try reader.object("count") else { return }
        let count = try CountDefinition(&counting)
        for (name, isOther) in [
            ("key", !key.isEmpty && key != count.by), ("time", time != nil && time != "time"),
            ("lateness", latenessMicroseconds != 0),
        ] where isOther {
            throw .invalid(
                name, "a stream of counts has the fields counted by as its key, and is in order of its time",
                remedy: "leave \(name) out; `by` and `lateness` of `count` are about the events that are counted")
        }
        key = count.by
        time = "time"
        self.count = count
    }

    /// The definition as it is stored and shown.
    var document: JSONValue {
        JSONValue(members: [
            ("key", .array(key.map(JSONValue.string))),
            ("time", time.map(JSONValue.string)),
            ("lateness", .string(DurationText.text(latenessMicroseconds))),
            ("durability", .string(durability.rawValue)),
            ("count", count?.document),
            (
                "retention",
                JSONValue(members: [
                    ("age", retentionMicroseconds.map { .string(DurationText.text($0)) }),
                    ("bytes", retentionBytes.map { .number($0) }),
                ])
            ),
        ])
    }

    /// How the core is to read the stream.
    func descriptor(name: String) -> StreamDescriptor {
        if let count {
            var events = StreamDescriptor(name: name)
            events.isLive = true
            return StreamDescriptor(countsOf: events, settings: count.settings)
        }
        var descriptor = StreamDescriptor(name: name)
        descriptor.key = key.map { FieldPath($0) }
        descriptor.time = time.map { FieldPath($0) }
        descriptor.latenessMicroseconds = latenessMicroseconds
        descriptor.input = .ndjson
        descriptor.isLive = true
        return descriptor
    }

    /// How its log is kept.
    var logSettings: LogSettings {
        var settings = LogSettings()
        settings.durability = durability
        settings.retentionMicroseconds = retentionMicroseconds
        settings.retentionBytes = retentionBytes
        // Bounded where events come in, before they are handed over: `limits.queuedBytes`.
        settings.queuedBytes = .max
        return settings
    }

    /// Whether events are read as under the other definition, so that models and keys stay what they are.
    func readsLike(_ other: StreamDefinition) -> Bool {
        key == other.key && time == other.time && latenessMicroseconds == other.latenessMicroseconds
            && count == other.count
    }

    /// Refuses what cannot be a stream's name: it is part of paths and of a file's name.
    static func check(name: String) throws(Problem) {
        let isSound =
            !name.isEmpty && name.utf8.count <= 128 && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        guard isSound else {
            throw .invalid(
                "name", "a stream's name has 1 to 128 of the characters A-Z a-z 0-9 . _ - and does not begin with a dot"
            )
        }
    }
}
#endif
