public import FieldExtraction
public import Foretail

/// Where a stream's log begins and ends, for status.
public struct LogBounds: Sendable {
    /// The first event stored; nil where there is none.
    public var first: Position?
    /// The last event that is durable, stored still or forgotten since; nil before the first.
    public var lastDurable: Position?
    /// The position that the next event gets.
    public var next: Position
    /// Events stored and durable.
    public var count: Int
    /// Bytes of the blocks stored.
    public var bytes: Int
    /// When the oldest event stored came in; nil where there is none.
    public var oldest: Timestamp?
    /// Bytes submitted and not yet durable.
    public var queuedBytes: Int
    /// Damaged blocks met since the log was opened. One that is met again counts once.
    public var damagedBlocks: Int
    /// What got positions and was lost while the log was open, the last 64 ranges.
    public var lostRanges: [Actions.Gap]
    /// Why the log takes nothing at the moment; nil: it does.
    public var failure: LogFailure?
}
