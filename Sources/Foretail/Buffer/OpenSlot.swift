import FieldExtraction

/// A live prediction with what it takes to judge it.
struct OpenRecord {
    let prediction: Prediction
    /// The asserted field; nil where the arrival alone is asserted.
    let first: Assertion?
    /// Further asserted fields (`--assert`).
    let others: [Assertion]

    /// Whether the request's time to live takes the record before its window ends. Any other record waits for its slot,
    /// even when a later record has moved the slot beyond this one's window.
    var isShortLived: Bool { prediction.expires < prediction.windowEnd }

    /// Whether an event at `time` agrees: in the window, matching the request's filter, all asserted fields right.
    ///
    /// - Parameter readings: The event's values, two per learned field, see ``Assertion/reading``.
    func agrees(time: Timestamp, matched: Bool, readings: [Double]) -> Bool {
        guard matched, prediction.windowStart <= time, time <= prediction.windowEnd else { return false }
        if let first, !first.agrees(with: readings[first.reading]) { return false }
        for other in others where !other.agrees(with: readings[other.reading]) { return false }
        return true
    }
}

/// An expected event of a key with the predictions that speak of it, oldest first.
struct OpenSlot {
    /// The ordinal of the expected event.
    let ordinal: Int
    /// The live records, oldest first; never empty while the slot is open.
    var records: [OpenRecord]
    /// The earliest deadline of this slot that stands in the buffer's heap.
    var scheduled: Timestamp

    /// The record that gives the slot its window and expected time.
    var latest: Prediction { records[records.count - 1].prediction }

    /// Whether the slot's window holds `time`.
    func contains(_ time: Timestamp) -> Bool {
        let latest = latest
        return latest.windowStart <= time && time <= latest.windowEnd
    }
}
