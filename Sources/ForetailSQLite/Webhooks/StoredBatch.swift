public import FieldExtraction
public import Foretail

/// A batch that is on its way to a receiver: kept whole from before its first attempt, so that every attempt sends the same
/// bytes under the same id, whatever happens between them.
public struct StoredBatch: Hashable, Sendable {
    /// The id of the message.
    public var message: String
    /// The position of its first record.
    public var first: Position
    /// The position of its last record.
    public var last: Position
    /// Where the delivery goes on when the batch is done with.
    public var cursor: Position
    /// Its records.
    public var records: Int
    /// When it was tried first.
    public var started: Timestamp
    /// What is sent.
    public var body: [UInt8]

    /// Creates a batch.
    public init(
        message: String, first: Position, last: Position, cursor: Position, records: Int, started: Timestamp,
        body: [UInt8]
    ) {
        self.message = message
        self.first = first
        self.last = last
        self.cursor = cursor
        self.records = records
        self.started = started
        self.body = body
    }
}
