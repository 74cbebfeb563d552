public import FieldExtraction

/// A watch under way, as it is handed over a restart: what a record that began it said, and how it may end.
///
///     let open = manager.openWatches(stream: "metrics")                  // before
///     manager.resumeWatches(open, stream: "metrics", into: &actions)     // in the next process
public struct OpenWatch: Sendable, Hashable {
    /// The number of the episode.
    public var id: UInt64
    /// The request.
    public var request: TailRequestID
    /// The key's bytes; empty for a stream without a key, and for a stream as a whole.
    public var key: [UInt8]
    /// Whether it is about a stream of several keys as a whole.
    public var isWhole = false
    /// What is watched for.
    public var kind: WatchRecord.Kind
    /// What was said when it began.
    public var probability: Double
    /// From when on the match is expected.
    public var windowStart: Timestamp
    /// Until when.
    public var windowEnd: Timestamp
    /// When it is over without a match.
    public var deadline: Timestamp
    /// Whether what was said rested on enough past windows.
    public var isCalibrated: Bool
    /// The stream's last event when it began; nil where that is not known.
    public var position: Position?
    /// The first match since it began that the watch was not told of: when it came, and where it stands.
    public var match: Match?
    /// Whether the request has another filter since it began.
    public var isOutdated = false

    /// A match that a watch was not told of.
    public struct Match: Sendable, Hashable {
        /// Its time.
        public var time: Timestamp
        /// Its place in the stream.
        public var position: Position

        /// Creates a match.
        public init(time: Timestamp, position: Position) {
            self.time = time
            self.position = position
        }
    }

    /// Creates a watch under way.
    public init(
        id: UInt64, request: TailRequestID, key: [UInt8], kind: WatchRecord.Kind, probability: Double,
        windowStart: Timestamp, windowEnd: Timestamp, deadline: Timestamp, isCalibrated: Bool, position: Position?
    ) {
        self.id = id
        self.request = request
        self.key = key
        self.kind = kind
        self.probability = probability
        self.windowStart = windowStart
        self.windowEnd = windowEnd
        self.deadline = deadline
        self.isCalibrated = isCalibrated
        self.position = position
    }

    /// The watch that a record begins.
    public init(beginning record: WatchRecord) {
        self.init(
            id: record.id, request: record.request, key: record.key, kind: record.kind,
            probability: record.probability, windowStart: record.windowStart, windowEnd: record.windowEnd,
            deadline: record.deadline, isCalibrated: record.isCalibrated, position: record.position)
        isWhole = record.isWhole
    }

    init(_ episode: WatchEpisode, kind: WatchRecord.Kind, request: TailRequestID, key: [UInt8]) {
        self.init(
            id: episode.id, request: request, key: key, kind: kind, probability: episode.probability,
            windowStart: episode.windowStart, windowEnd: episode.windowEnd, deadline: episode.deadline,
            isCalibrated: episode.isCalibrated, position: nil)
    }

    var episode: WatchEpisode {
        WatchEpisode(
            id: id, probability: probability, windowStart: windowStart, windowEnd: windowEnd,
            isCalibrated: isCalibrated, deadline: deadline)
    }
}
