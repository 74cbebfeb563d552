public import FieldExtraction
public import Foretail

/// The snapshot of a stream's models.
public struct StoredSnapshot: Hashable, Sendable {
    /// What the models wrote.
    public var bytes: [UInt8]
    /// The last event they have seen.
    public var position: Position
    /// When it was taken.
    public var time: Timestamp

    /// Creates a snapshot.
    public init(bytes: [UInt8], position: Position, time: Timestamp) {
        self.bytes = bytes
        self.position = position
        self.time = time
    }
}
