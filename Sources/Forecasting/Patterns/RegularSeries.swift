/// Values at equal distances: a field's history put on its grid, or into hours, or taken event by event.
///
/// On a grid a value stands in the slot of its beat, and slots nobody filled hold NaN, so that a day stays a day when events
/// are missing. Without a grid, but over two days and more, a slot is the mean of a stretch of time: the shortest of ten
/// minutes, an hour, six hours and a day that fills four of ten slots. Else the events themselves are the slots.
///
/// ```swift
/// RegularSeries(values: [1, 2, 3], times: nil, arrival: nil).values  // [1, 2, 3]
/// ```
struct RegularSeries {
    /// The values; NaN where there is none.
    var values: [Double]
    /// The first event of each slot, ascending; that of the next filled one for an empty slot.
    var events: [Int]
    /// The distance of two slots; nil where slots are events.
    var stepMicroseconds: Int64?
    /// Whether a slot is a stretch of time with the mean of its values.
    var isBucketed = false

    /// Slots are at most this many times the events.
    private static let mostEmpty = 3
    private static let buckets: [Int64] = [600_000_000, 3_600_000_000, 21_600_000_000, 86_400_000_000]

    init(values: [Double], times: [Int64]?, arrival: ArrivalPattern?) {
        self.values = values
        events = Array(values.indices)
        guard let times, values.count >= 8 else { return }
        if let grid = arrival?.grid, let step = Self.clean(grid.stepMicroseconds),
            fill(values, times, step: step, origin: times[0] - step / 2)
        {
            return
        }
        let span = times[times.count - 1] - times[0]
        guard span >= 2 * CalendarSpan.day.microseconds else { return }
        for bucket in Self.buckets {
            let slots = Int(span / bucket) + 1
            guard slots <= values.count, slots >= 16 else { continue }
            let origin = times[0] - ((times[0] % bucket) + bucket) % bucket
            guard fill(values, times, step: bucket, origin: origin) else { continue }
            if self.values.count(where: { !$0.isNaN }) * 10 >= self.values.count * 4 {
                isBucketed = true
                return
            }
        }
        self.values = values
        events = Array(values.indices)
        stepMicroseconds = nil
    }

    /// A step as it was meant: the nearest that goes into a day a whole number of times, if it is within 1 %. One that
    /// goes into neither day nor hour has no calendar, and its days are hours.
    private static func clean(_ step: Int64) -> Int64? {
        let day = CalendarSpan.day.microseconds
        guard step > 0 else { return nil }
        if step >= day {
            let days = (step + day / 2) / day
            return abs(step - days * day) * 100 <= step ? days * day : nil
        }
        let beats = (day + step / 2) / step
        let nearest = day / beats
        return abs(step - nearest) * 1000 <= step && nearest * beats == day ? nearest : nil
    }

    /// Puts the values into slots; false where there would be too many.
    private mutating func fill(_ given: [Double], _ times: [Int64], step: Int64, origin: Int64) -> Bool {
        let slots = Int((times[times.count - 1] - origin) / step) + 1
        guard slots >= 1, slots <= given.count * Self.mostEmpty else { return false }
        var sums = [Double](repeating: 0, count: slots)
        var counts = [Int](repeating: 0, count: slots)
        var first = [Int](repeating: -1, count: slots)
        for (index, value) in given.enumerated() {
            let slot = min(max(Int((times[index] - origin) / step), 0), slots - 1)
            if first[slot] < 0 { first[slot] = index }
            guard !value.isNaN else { continue }
            sums[slot] += value
            counts[slot] += 1
        }
        var next = given.count - 1
        for slot in first.indices.reversed() {
            if first[slot] < 0 { first[slot] = next } else { next = first[slot] }
        }
        values = sums.indices.map { counts[$0] > 0 ? sums[$0] / Double(counts[$0]) : .nan }
        events = first
        stepMicroseconds = step
        return true
    }
}
