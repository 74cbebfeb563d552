public import FieldExtraction
public import Foretail

/// A batch that its receiver did not take for as long as it was tried.
public struct DeadLetter: Hashable, Sendable {
    /// Its number, which no other gets.
    public var id: Int64
    /// The tail request it belongs to.
    public var request: UInt32
    /// The stream of that.
    public var stream: String
    /// The id of the message.
    public var message: String
    /// The position of its first record.
    public var first: Position
    /// The position of its last record.
    public var last: Position
    /// Its records.
    public var records: Int
    /// The bytes of its body.
    public var bytes: Int
    /// How often it was tried.
    public var attempts: Int
    /// Why it was not taken, at the last try.
    public var reason: String
    /// When it was tried first.
    public var started: Timestamp
    /// When it was tried last.
    public var ended: Timestamp
    /// Whether it waits to be sent again.
    public var isQueued: Bool

    /// Creates a dead letter.
    public init(
        id: Int64, request: UInt32, stream: String, message: String, first: Position, last: Position, records: Int,
        bytes: Int, attempts: Int, reason: String, started: Timestamp, ended: Timestamp, isQueued: Bool
    ) {
        self.id = id
        self.request = request
        self.stream = stream
        self.message = message
        self.first = first
        self.last = last
        self.records = records
        self.bytes = bytes
        self.attempts = attempts
        self.reason = reason
        self.started = started
        self.ended = ended
        self.isQueued = isQueued
    }
}
