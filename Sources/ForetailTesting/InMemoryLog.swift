public import Foretail

/// A log that keeps events in memory, with the two states that matter: submitted, and settled.
///
///     var log = InMemoryLog()
///     try await log.submit(&batch)      // positions 0:1-1, 0:1-2, …
///     try await log.settle()            // now they would survive
///     log.crash()                       // what was not settled is gone; positions go on as 0:2-1
public struct InMemoryLog: EventLog {
    private struct Stored: Sendable {
        var position: Position
        var body: [UInt8]
        var raw: [UInt8]
        var line: Int
    }

    private var stored: [Stored] = []
    private var settledCount = 0
    private var epoch: UInt32 = 1
    private var sequence: UInt64 = 0
    private let capacity: Int
    private let partition: UInt32

    /// Creates a log.
    ///
    /// - Parameters:
    ///   - partition: The partition of its positions.
    ///   - capacity: The most events it keeps; a batch that goes beyond is refused whole.
    public init(partition: UInt32 = 0, capacity: Int = .max) {
        self.partition = partition
        self.capacity = capacity
    }

    /// The events kept.
    public var count: Int { stored.count }
    /// The events that would survive a crash.
    public var durableCount: Int { settledCount }
    /// The last position given to an event that is durable; nil before the first.
    public var lastDurable: Position? { settledCount > 0 ? stored[settledCount - 1].position : nil }

    /// Gives positions and keeps the events, not yet durable.
    public mutating func submit(_ batch: inout EventBatch) async throws(ForetailError) {
        guard stored.count + batch.frames.count <= capacity else {
            throw ForetailError(
                .log, "the log in memory is full at \(capacity) events; trim it or raise its capacity")
        }
        for index in batch.frames.indices {
            sequence += 1
            batch.frames[index].position = Position(partition: partition, epoch: epoch, sequence: sequence)
            let frame = batch.frames[index]
            stored.append(
                Stored(
                    position: frame.position, body: Array(batch.bytes[frame.body]), raw: Array(batch.bytes[frame.raw]),
                    line: frame.line))
        }
    }

    /// Makes everything submitted durable.
    public mutating func settle() async throws(ForetailError) { settledCount = stored.count }

    /// Reads stored events behind a position.
    public mutating func read(
        after position: Position?, limit: Int, into batch: inout EventBatch
    ) async throws(ForetailError) -> Bool {
        var taken = 0
        for event in stored {
            if let position, event.position <= position { continue }
            if taken == limit { return true }
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: event.body)
            let body = start..<batch.bytes.count
            var raw = body
            if event.raw != event.body {
                batch.bytes.append(contentsOf: event.raw)
                raw = body.upperBound..<batch.bytes.count
            }
            var frame = EventBatch.Frame(body: body, raw: raw, line: event.line)
            frame.position = event.position
            batch.frames.append(frame)
            taken += 1
        }
        return false
    }

    /// Forgets events up to and including a position.
    public mutating func trim(through position: Position) async throws(ForetailError) {
        let kept = stored.firstIndex { $0.position > position } ?? stored.count
        stored.removeFirst(kept)
        settledCount = max(0, settledCount - kept)
    }

    /// Loses what was not settled and begins a new epoch, as recovery after a crash does.
    ///
    /// - Returns: What was lost, for a `gap` of reason `crash`; nil if nothing was.
    @discardableResult
    public mutating func crash() -> Actions.Gap? {
        let lost = stored[settledCount...]
        var gap: Actions.Gap?
        if let first = lost.first, let last = lost.last {
            gap = Actions.Gap(from: first.position, to: last.position, count: lost.count, reason: "crash")
        }
        stored.removeLast(stored.count - settledCount)
        epoch += 1
        sequence = 0
        return gap
    }
}
