public import FieldExtraction

/// What a reader of a stream reads, and from where on.
public struct ReaderSettings: Sendable {
    /// Where reading begins.
    public enum Start: Sendable, Hashable {
        /// With the first message that is kept.
        case all
        /// Behind the last message there is when reading begins.
        case new
        /// With this sequence; with what follows it where it is not kept, after a gap.
        case sequence(UInt64)
        /// With the first message stored at or after this time.
        case time(Timestamp)
        /// With the last message of each subject, then all that follow.
        case lastPerSubject
    }

    /// The stream's name.
    public var stream: String
    /// The subjects to read, as one pattern; nil: all.
    public var subject: String?
    /// Where to begin.
    public var start: Start
    /// A header whose value is wanted.
    public var header: String?
    /// Whether payloads stay behind.
    public var isHeadersOnly = false
    /// The most messages on their way to the reader; fewer where they are large.
    public var window = 1_024
    /// Bytes on their way, by the size of the messages so far.
    public var windowBytes = 4 << 20
    /// Microseconds between two signs of life of the consumer; after three times as long without one it is made anew.
    public var heartbeatMicroseconds: Int64 = 1_000_000
    /// When the stream was created, as ``StreamInfo/created`` says it; nil: whichever stream is there. One made anew is refused
    /// (`replaced`).
    public var created: String?

    /// Creates settings.
    public init(stream: String, subject: String? = nil, start: Start = .all) {
        self.stream = stream
        self.subject = subject
        self.start = start
    }
}
