public import Foretail

/// A change of state of a watch, as it is told.
public struct StoredWatchRecord: Hashable, Sendable {
    /// Its number: later ones of a catalogue have larger ones.
    public var number: Int64
    /// The tail request.
    public var request: UInt32
    /// The number of its watch.
    public var episode: UInt64
    /// The last event that was told before it; nil while that is not known.
    public var told: Position?
    /// The record, as it is delivered.
    public var bytes: [UInt8]

    /// Creates an entry.
    public init(number: Int64, request: UInt32, episode: UInt64, told: Position? = nil, bytes: [UInt8]) {
        self.number = number
        self.request = request
        self.episode = episode
        self.told = told
        self.bytes = bytes
    }
}

/// What has to be kept of watches.
public enum WatchChange: Sendable {
    /// A record, and the watch that begins with it; nil: one ends.
    case record(StoredWatchRecord, opens: OpenWatch?)
    /// The last event that was told before a record.
    case told(number: Int64, Position)
    /// All that the events of a stream up to a position changed was handed over before.
    case watched(stream: String, Position)
}

/// What is kept of watches, for a start.
public struct StoredWatches: Sendable {
    /// What is under way.
    public var open: [OpenWatch] = []
    /// How far each stream was watched.
    public var watched: [String: Position] = [:]
    /// Records of which it is not known what was told before, by tail request.
    public var untold: [UInt32: [Int64]] = [:]
    /// The largest number of a record.
    public var lastNumber: Int64 = 0
    /// The largest number of a watch.
    public var lastEpisode: UInt64 = 0

    /// Creates an empty value.
    public init() {}
}
