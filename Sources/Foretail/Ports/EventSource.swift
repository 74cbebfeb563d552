public import FieldExtraction

/// What a source had to give.
public enum SourceState: Sendable, Hashable {
    /// The batch holds events.
    case ready
    /// Nothing came in the time allowed; more may come.
    case idle
    /// Nothing will come any more.
    case end
}

/// Where events come from: the first port of a pipeline.
///
/// Called by one task at a time. `read` is called when the pipeline has room, never before, so a source that is not read
/// must hold its producer back rather than buffer without bound.
public protocol EventSource {
    /// Fills `batch` with the next events, framed, without positions, and with the gaps that lie before them.
    ///
    /// A source that reads a log which numbers its events itself fills in their positions; the pipeline's log is then one that
    /// leaves them as they are.
    ///
    /// - Parameters:
    ///   - batch: Empty when called; at most a few hundred kilobytes when it returns.
    ///   - microseconds: How long to wait for the first event; nil: as long as it takes.
    /// - Returns: Whether there are events, none yet, or none ever again. With `end` the batch may hold the last ones.
    /// - Throws: ``ForetailError`` (`source`) naming the source and the remedy; reading cannot go on.
    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState

    /// Says that all events up to the batch read last are durable and delivered: the source may forget them.
    mutating func acknowledge() async throws(ForetailError)
}

/// The wall clock as a parameter, so that tests turn it by hand.
public protocol WallClock {
    /// The time now.
    func now() -> Timestamp
}
