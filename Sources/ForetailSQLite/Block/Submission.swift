import FieldExtraction
package import Foretail

/// A batch that got its positions and waits to be written. It shares the batch's memory.
struct Submission: Sendable {
    /// The events' bytes.
    var bytes: [UInt8]
    /// The events, with their positions.
    var frames: [EventBatch.Frame]
    /// When they came in, microseconds.
    var ingested: Int64
    /// The position of its last event, or of the last one given before where it has none.
    var last: Position
    /// What is kept beside the events, in the place of what was; nil: nothing new.
    var mark: [UInt8]?
    /// The memory it keeps from being reused, in bytes.
    var cost: Int
    /// Called once: durable, or failed.
    var completion: @Sendable (Result<Position, LogFailure>) -> Void
}

extension EventBatch {
    /// The memory that keeping the batch takes, in bytes: many small events cost more than their text.
    package var memoryBytes: Int { bytes.count + frames.count * MemoryLayout<Frame>.stride }
}
