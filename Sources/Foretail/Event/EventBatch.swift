/// A run of events of one stream as they came from the log: bytes, and where each event stands in them.
///
///     var batch = EventBatch(stream: "metrics")
///     batch.append(#"{"cpu": 41.9}"#, at: Position(sequence: 1))
///
/// An event is a JSON text. What a producer wrote in another form (a CSV row, a plain line) was put into JSON by the framer;
/// its own bytes stand beside.
public struct EventBatch: Sendable {
    /// One event's bytes within the batch.
    public struct Frame: Sendable {
        /// Where the event's JSON text stands.
        public var body: Range<Int>
        /// Where the producer's record stands, line ending excluded; the same range where that is JSON.
        public var raw: Range<Int>
        /// The event's place in its stream; given by the log.
        public var position = Position(sequence: 0)
        /// The number of its line in the source, from 1; 0 where there are no lines.
        public var line: Int

        /// Creates a frame.
        public init(body: Range<Int>, raw: Range<Int>, line: Int = 0) {
            self.body = body
            self.raw = raw
            self.line = line
        }
    }

    /// The stream the events belong to.
    public var stream: String
    /// The events' bytes.
    public var bytes: [UInt8] = []
    /// The events, in log order.
    public var frames: [Frame] = []
    /// Records that could not be framed as events.
    public var problems: [BadEvent] = []
    /// Events before the batch's own that the source can no longer give; whoever tails the stream is told.
    public var gaps: [Actions.Gap] = []
    /// Whether a text that is not JSON becomes a message rather than a bad event.
    public var acceptsText = false

    /// Creates an empty batch.
    public init(stream: String) {
        self.stream = stream
    }

    /// The number of events.
    public var count: Int { frames.count }

    /// Adds one event in JSON.
    ///
    /// - Complexity: O(length), amortised.
    public mutating func append(_ event: String, at position: Position) {
        let start = bytes.count
        bytes.append(contentsOf: event.utf8)
        let range = start..<bytes.count
        var frame = Frame(body: range, raw: range, line: frames.count + 1)
        frame.position = position
        frames.append(frame)
    }

    /// Some of the events, with the same bytes; a batch's gaps go with its first events, its problems with its last.
    package func part(_ range: Range<Int>) -> EventBatch {
        guard range.count < count else { return self }
        var slice = self
        slice.frames = Array(frames[range])
        if range.lowerBound > 0 { slice.gaps = [] }
        if range.upperBound < count { slice.problems = [] }
        return slice
    }

    /// Forgets the events and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        problems.removeAll(keepingCapacity: true)
        gaps.removeAll(keepingCapacity: true)
    }
}
