public import Foretail

/// What one call of ``StreamLog/read(after:limit:bytes:into:ingestTimes:)`` found besides events.
public struct LogReading: Sendable {
    /// What to hand in as `after` to go on: the last event read, or the end of the last gap. Where nothing was read, or behind
    /// a gap, it may be sequence 0 of an epoch, which no event has.
    public var next: Position?
    /// Whether there may be more behind `next`.
    public var mayHaveMore: Bool
    /// What is missing, of reason `retention`, `crash` or `damaged`. All of them stand before the events of this reading: at a
    /// gap behind events the reading ends.
    public var gaps: [Actions.Gap]
}
