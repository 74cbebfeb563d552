public import FieldExtraction
public import FilterLanguage

/// What is known of a stream before its first event: how bytes become events, what they belong to, and when they happened.
public struct StreamDescriptor: Sendable {
    /// How a stream's bytes are framed and read.
    public enum Input: Sendable, Hashable {
        /// JSON lines, CSV or text by what the first lines are; a non-JSON line among JSON is a message.
        case automatic
        /// One JSON value a line; any other line is bad.
        case ndjson
        /// CSV with a header.
        case csv
        /// Plain lines: `{"message": …}`, with what is recognised of them beside.
        case text
    }

    /// Where event time comes from.
    public enum Clock: Sendable, Hashable {
        /// The time field; on a live stream time goes on with the wall clock while the stream is silent. Without a time
        /// field a live event has the time of its arrival, any other is a second after the one before it.
        case automatic
        /// The time field alone; without one an event is a second after the one before it.
        case event
        /// The wall clock at arrival.
        case wall
        /// As `event`, but never backwards: an event whose time lies before the largest so far has that one. For streams whose
        /// order can be relied on more than their stamps.
        case order
    }

    /// The stream's name.
    public var name: String
    /// The fields that make up the key, in order; empty: the stream is one series.
    public var key: [FieldPath] = []
    /// The field that holds the event's time; nil: looked for among the usual names in the first event.
    public var time: FieldPath?
    /// How bytes become events.
    public var input: Input = .automatic
    /// The string field that holds the real body, as log shippers write it; nil: the event is its own body.
    public var unwrap: FieldPath?
    /// How much of a plain line is recognised; see ``LogLineReader``.
    public var lineDetail = LogLineReader.Detail.templates
    /// What reads the stream's plain lines, where several framers serve it or its templates are asked for; nil: each framer has
    /// its own.
    public var lineReader: LogLineReader?
    /// What events hold, where that is declared: a filter that no such event can match is refused, and a CSV column is of the
    /// kind declared. Events are not checked against it.
    public var schema: EventSchema?
    /// Where event time comes from.
    public var clock: Clock = .automatic
    /// Whether events arrive as they happen, so that time goes on while the stream is silent.
    public var isLive = false
    /// Whether nothing is processed any more once an event was bad (`--strict`).
    public var stopsAtBadEvents = false
    /// Whose share of the memory for predictions the stream draws on, together with others of the same account; nil:
    /// a share of its own.
    public var account: String?
    /// How far behind its key's largest time an event may be without being late, in microseconds.
    public var latenessMicroseconds: Int64 = 0

    /// Creates the descriptor of a stream.
    public init(name: String) {
        self.name = name
    }

    /// Field names looked at, in this order, when no time field is named.
    public static let usualTimeFields = ["time", "timestamp", "@timestamp", "ts", "datetime", "date"]
}
