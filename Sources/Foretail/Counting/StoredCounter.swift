package import FieldExtraction
import Forecasting

/// Counts the stored events of a stream for another one: events in, whole windows out, and a state that can be kept beside them.
///
///     var counter = try StoredCounter(source.descriptor, filter: filter, settings: settings, limits: limits)
///     try counter.take(batch, times: times, from: &place)
///     let isDone = counter.drain(into: &counts)            // whole windows
///     let state = counter.state                            // kept with them, all or none
///
/// Pure, as ``CountingSource`` is, and with the same result: what comes out depends on the events, when they came in, and the
/// ticks.
package struct StoredCounter {
    private var counter: EventCounter

    /// Creates a counter of a stream's events.
    ///
    /// - Throws: ``ForetailError``: `badSetting` naming the setting, or `badFilter` with the column.
    package init(
        _ events: StreamDescriptor, filter: FilterText?, settings: CountSettings, limits: Limits
    ) throws(ForetailError) {
        counter = try EventCounter(events, filter: filter, settings: settings, limits: limits)
    }

    /// Takes events until some close a window, or all are taken; then ``drain(into:bytes:)`` until it is done.
    ///
    /// - Parameters:
    ///   - times: When they came in, an element per event.
    ///   - place: The next event of the batch; moves on.
    /// - Throws: ``ForetailError`` (`source`) where the events have no time.
    package mutating func take(
        _ batch: EventBatch, times: [Timestamp], from place: inout Int
    ) throws(ForetailError) {
        while place < batch.count, !counter.hasClosed {
            let now = times[place]
            var end = place + 1
            while end < batch.count, times[end] == now { end += 1 }
            let part = batch.part(place..<end)
            var taken = 0
            counter.begin(part, now: now)
            try counter.take(part, from: &taken, now: now)
            place += taken
        }
        // What is no event was refused when it came in.
        var dropped = EventBatch(stream: batch.stream)
        counter.takeProblems(into: &dropped)
    }

    /// Lets time pass while the stream is silent.
    package mutating func tick(now: Timestamp) { counter.tick(now: now) }

    /// Appends the counts of closed windows as events, window by window, about so many bytes.
    ///
    /// - Returns: Whether those are all.
    package mutating func drain(into batch: inout EventBatch, bytes: Int) -> Bool {
        counter.drainWindows(into: &batch, bytes: bytes)
    }

    /// What became of the events so far.
    package var status: CountStatus { counter.status }

    /// What it knows between two windows, to go on from.
    package var state: [UInt8] {
        var copy = counter
        var coder = SnapshotCoder()
        do throws(SnapshotError) { try copy.pass(through: &coder) } catch {
            preconditionFailure("writing a state refuses nothing")
        }
        return coder.bytes
    }

    /// Goes on from a state of a counter with the same settings.
    ///
    /// - Throws: ``ForetailError`` (`snapshot`) where it is damaged or of another version; nothing has changed then.
    package mutating func restore(_ bytes: ArraySlice<UInt8>) throws(ForetailError) {
        var copy = counter
        var coder = SnapshotCoder(reading: Array(bytes), 0..<bytes.count)
        do throws(SnapshotError) {
            try copy.pass(through: &coder)
            try coder.finish()
        } catch {
            throw ForetailError(.snapshot, "counts, \(error.message)")
        }
        counter = copy
    }
}
