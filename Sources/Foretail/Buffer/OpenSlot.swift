import FieldExtraction

/// An expected event of a key with the predictions that speak of it, oldest first; never empty.
struct OpenSlot {
    /// The ordinal of the expected event.
    let ordinal: Int
    /// The earliest deadline of this slot that stands in the buffer's heap.
    var scheduled: Timestamp
    // Most slots have one record; it needs no array.
    private var first: Prediction
    private var later: [Prediction] = []

    init(_ prediction: Prediction, scheduled: Timestamp) {
        ordinal = prediction.slot
        first = prediction
        self.scheduled = scheduled
    }

    /// The number of live records.
    var count: Int { 1 + later.count }

    /// A record by age, 0 the oldest.
    subscript(index: Int) -> Prediction { index == 0 ? first : later[index - 1] }

    /// The record that gives the slot its window and expected time.
    var latest: Prediction { later.isEmpty ? first : later[later.count - 1] }

    /// Whether the slot's window holds `time`.
    func contains(_ time: Timestamp) -> Bool {
        let latest = latest
        return latest.windowStart <= time && time <= latest.windowEnd
    }

    /// Adds the latest record.
    mutating func append(_ prediction: Prediction) { later.append(prediction) }

    /// The slot without the records that `condition` holds for, and those records; no slot where none is left.
    func removing(where condition: (Prediction) -> Bool) -> (slot: OpenSlot?, removed: [Prediction]) {
        var rest: OpenSlot?
        var removed: [Prediction] = []
        for index in 0..<count {
            let record = self[index]
            if condition(record) {
                removed.append(record)
            } else if rest == nil {
                rest = OpenSlot(record, scheduled: scheduled)
            } else {
                rest!.append(record)
            }
        }
        return (rest, removed)
    }
}
