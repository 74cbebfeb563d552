#if Server
import FieldExtraction
import Forecasting
import Foretail
import ForetailSQLite
import HTTPTypes

/// A count at work: the counter, the position it rests on, and what it has to hand over. Used by one task at a time.
final class CountingRun: @unchecked Sendable {
    private(set) var counter: StoredCounter
    /// The last event that was looked at.
    private(set) var position: Position?
    /// Counts of whole windows that are not handed over yet.
    private(set) var counts: EventBatch
    /// Events taken since the state was kept.
    private(set) var unkept = 0
    /// Events that the log did not hold any more.
    private(set) var missing = 0
    /// Whether there was nothing to read.
    private(set) var isCurrent = false
    /// Events that were read and not taken.
    private var events = EventBatch(stream: "")
    private var times: [Timestamp] = []
    private var place = 0

    /// Creates a run that writes to a stream.
    init(_ counter: StoredCounter, to stream: String) {
        self.counter = counter
        counts = EventBatch(stream: stream)
    }

    /// Reads, takes and closes, until enough is to be handed over or what was read is taken.
    ///
    /// - Returns: Why the events cannot be counted; nil: they can.
    func advance(
        _ source: StreamHost, isQuiet: Bool, now: Timestamp, bytes: Int
    ) throws(LogFailure) -> ForetailError? {
        isCurrent = false
        // What closed before comes first.
        guard counter.drain(into: &counts, bytes: bytes) else { return nil }
        if place == events.count { try read(source, isQuiet: isQuiet, now: now) }
        while place < events.count {
            let before = place
            do throws(ForetailError) { try counter.take(events, times: times, from: &place) } catch { return error }
            if place > before { position = events.frames[place - 1].position }
            unkept += place - before
            guard counter.drain(into: &counts, bytes: bytes) else { return nil }
        }
        _ = counter.drain(into: &counts, bytes: bytes)
        return nil
    }

    private func read(_ source: StreamHost, isQuiet: Bool, now: Timestamp) throws(LogFailure) {
        events = EventBatch(stream: source.name)
        times = []
        place = 0
        let reading = try source.log().read(
            after: position, limit: Replay.stepEvents, bytes: Replay.stepBytes, into: &events, ingestTimes: &times)
        missing += reading.gaps.reduce(0) { $0 + ($1.reason == "crash" ? 0 : $1.count) }
        guard events.frames.isEmpty else { return }
        position = reading.next ?? position
        isCurrent = !reading.mayHaveMore
        if isCurrent, isQuiet { counter.tick(now: now) }
    }

    /// Notes that the counts are durable, and the state with them.
    func handed() {
        counts.removeAll()
        unkept = 0
    }

    // MARK: State

    /// What is kept beside the counts.
    var mark: [UInt8] {
        var (position, missing) = (position, missing)
        var coder = SnapshotCoder()
        try? Self.pass(&position, &missing, through: &coder)
        return coder.bytes + counter.state
    }

    /// Goes on from what was kept.
    ///
    /// - Throws: ``Problem`` where it cannot be read.
    func restore(_ mark: [UInt8]?) throws(Problem) {
        guard let mark else { return }
        var coder = SnapshotCoder(reading: mark, 0..<mark.count)
        do throws(SnapshotError) {
            try Self.pass(&position, &missing, through: &coder)
        } catch {
            throw Self.unreadable(error.message)
        }
        do throws(ForetailError) {
            try counter.restore(mark[(mark.count - coder.remaining)...])
        } catch {
            throw Self.unreadable(error.message)
        }
    }

    private static func unreadable(_ reason: String) -> Problem {
        Problem(
            .conflict, "count-state", reason, field: "count",
            remedy: "delete the stream and create it anew: it is counted again from what the log holds")
    }

    private static func pass(
        _ position: inout Position?, _ missing: inout Int, through coder: inout SnapshotCoder
    ) throws(SnapshotError) {
        try coder.begin("mark")
        try coder.pass(&missing)
        guard try coder.flag(position != nil) else { return position = nil }
        var known = position ?? .none
        try coder.pass(&known.partition, in: 0...(.max))
        try coder.pass(&known.epoch, in: 0...(.max))
        try coder.pass(&known.sequence)
        position = known
    }
}
#endif
