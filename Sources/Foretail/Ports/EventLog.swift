/// Where events are kept in order: the port that gives every event its position.
///
/// The tail path does not wait for the append: `submit` gives positions and starts it, `settle` returns when all that was
/// submitted is durable. What was forwarded between the two and lost in a crash becomes a `gap`.
public protocol EventLog {
    /// Gives the batch's events their positions and begins to append them.
    ///
    /// - Throws: ``ForetailError`` (`log`) when the log takes no more; nothing of the batch was stored.
    mutating func submit(_ batch: inout EventBatch) async throws(ForetailError)

    /// Waits until everything submitted is durable.
    ///
    /// - Throws: ``ForetailError`` (`log`); what was submitted since the last success may be lost and must not be acknowledged.
    mutating func settle() async throws(ForetailError)

    /// Reads stored events behind a position into `batch`, which is empty when called.
    ///
    /// - Parameters:
    ///   - position: The last position already seen; nil: from the start.
    ///   - limit: The most events to read.
    /// - Returns: Whether there may be more behind them.
    mutating func read(
        after position: Position?, limit: Int, into batch: inout EventBatch
    ) async throws(ForetailError) -> Bool

    /// Forgets events up to and including a position.
    mutating func trim(through position: Position) async throws(ForetailError)
}

/// The log of a stream that is kept elsewhere, as a file is: counts positions and stores nothing.
public struct PassingLog: EventLog {
    private var next: UInt64 = 1

    /// Creates a log whose next position is `0:1-1`.
    public init() {}

    /// Numbers the events.
    public mutating func submit(_ batch: inout EventBatch) async throws(ForetailError) {
        for index in batch.frames.indices {
            batch.frames[index].position = Position(sequence: next)
            next += 1
        }
    }

    /// Returns at once: what is kept elsewhere is durable there.
    public mutating func settle() async throws(ForetailError) {}

    /// Refuses: the events are where they came from.
    public mutating func read(
        after position: Position?, limit: Int, into batch: inout EventBatch
    ) async throws(ForetailError) -> Bool {
        throw ForetailError(.log, "this stream is not stored by foretail; read it again at its source")
    }

    /// Does nothing.
    public mutating func trim(through position: Position) async throws(ForetailError) {}
}
