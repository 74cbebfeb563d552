import Forecasting

/// A bounded, even sample of a key's whole past, for base rates: for each kept event the gaps to the event h before it and
/// the values of the learned fields.
///
/// An event is kept when the low bits of a hash of its ordinal are zero; when the sample is full, one more bit must be zero
/// and those that fail leave. Every event of the past is therefore equally likely to be in the sample, and no stride can fall
/// into step with a season.
struct PastSample {
    /// The most events kept.
    private let capacity: Int
    private var stepCount: Int
    private var fieldCount: Int
    private var mask: UInt64 = 0
    private var ordinals: [Int] = []
    /// `gaps[step * capacity + row]`, in microseconds; NaN where the key was younger than that step. Whole numbers, kept as
    /// doubles because two of them are compared at a time.
    private var gaps: [Double]
    /// `values[field * capacity + row]`: a number, a symbol, or NaN where the field was missing.
    private var values: [Double]

    init(capacity: Int, stepCount: Int, fieldCount: Int) {
        self.capacity = capacity
        self.stepCount = stepCount
        self.fieldCount = fieldCount
        gaps = [Double](repeating: .nan, count: capacity * stepCount)
        values = [Double](repeating: .nan, count: capacity * fieldCount)
        ordinals.reserveCapacity(capacity)
    }

    /// The number of events in the sample.
    var count: Int { ordinals.count }

    /// The bytes it holds.
    var byteCount: Int { gaps.count * 8 + values.count * 8 + capacity * 8 }

    /// Whether the event with this ordinal belongs into the sample; if so, fill its row by `setGap` and `setValue`.
    mutating func admit(ordinal: Int) -> Bool {
        guard Self.hash(ordinal) & mask == 0 else { return false }
        while ordinals.count == capacity {
            mask = mask << 1 | 1
            compact()
            if Self.hash(ordinal) & mask != 0 { return false }
        }
        ordinals.append(ordinal)
        let row = ordinals.count - 1
        for step in 0..<stepCount { gaps[step * capacity + row] = .nan }
        for field in 0..<fieldCount { values[field * capacity + row] = .nan }
        return true
    }

    /// Sets the gap of the event admitted last.
    mutating func setGap(step: Int, microseconds: Int64) {
        gaps[step * capacity + ordinals.count - 1] = Double(microseconds)
    }

    /// Sets a value of the event admitted last.
    mutating func setValue(field: Int, _ value: Double) {
        values[field * capacity + ordinals.count - 1] = value
    }

    /// The share of gaps at a step within the range, counting one imagined gap inside it, so that little past means a high
    /// base rate.
    func gapShare(step: Int, low: Int64, high: Int64) -> Double {
        let (low, high) = (Double(low), Double(high))
        var inside = 0
        var known = 0
        let base = step * capacity
        unsafe gaps.withUnsafeBufferPointer { gaps in
            for row in 0..<ordinals.count {
                let gap = unsafe gaps[base &+ row]
                known &+= gap == gap ? 1 : 0
                inside &+= gap >= low && gap <= high ? 1 : 0
            }
        }
        return Double(inside + 1) / Double(known + 1)
    }

    /// The share of past events that agree with all assertions, counting one imagined event that does.
    func agreementShare(_ first: Assertion, _ others: [Assertion]) -> Double {
        var agreeing = 0
        let base = Int(first.field) * capacity
        unsafe values.withUnsafeBufferPointer { values in
            if others.isEmpty {
                let (value, reach) = (first.value, first.reach)
                for row in 0..<ordinals.count {
                    agreeing &+= unsafe (values[base &+ row] - value).magnitude <= reach ? 1 : 0
                }
                return
            }
            for row in 0..<ordinals.count where first.agrees(with: unsafe values[base + row]) {
                var all = true
                for other in others where !other.agrees(with: unsafe values[Int(other.field) * capacity + row]) {
                    all = false
                }
                agreeing += all ? 1 : 0
            }
        }
        return Double(agreeing + 1) / Double(ordinals.count + 1)
    }

    /// The share of a value among the past values of a field, categories by their tag; 0 where little is known.
    func share(of value: Double, field: Int) -> Double {
        guard ordinals.count >= 4 else { return 0 }
        var agreeing = 0
        for row in 0..<ordinals.count where values[field * capacity + row] == value { agreeing += 1 }
        return Double(agreeing) / Double(ordinals.count + 1)
    }

    /// Follows a change of the stream's steps or fields: columns that stay are kept, new ones begin empty, gaps of other steps
    /// are forgotten.
    mutating func resize(stepCount newSteps: Int, fieldCount newFields: Int) {
        if newSteps != stepCount {
            stepCount = newSteps
            gaps = [Double](repeating: .nan, count: capacity * newSteps)
        }
        if newFields > fieldCount {
            values.append(contentsOf: repeatElement(.nan, count: capacity * (newFields - fieldCount)))
            fieldCount = newFields
        }
    }

    /// Forgets the values of a field that changed its kind.
    mutating func reset(field: Int) {
        for row in 0..<capacity { values[field * capacity + row] = .nan }
    }

    private mutating func compact() {
        var kept = 0
        for row in ordinals.indices where Self.hash(ordinals[row]) & mask == 0 {
            ordinals[kept] = ordinals[row]
            for step in 0..<stepCount { gaps[step * capacity + kept] = gaps[step * capacity + row] }
            for field in 0..<fieldCount { values[field * capacity + kept] = values[field * capacity + row] }
            kept += 1
        }
        ordinals.removeLast(ordinals.count - kept)
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static func hash(_ ordinal: Int) -> UInt64 {
        var state = UInt64(truncatingIfNeeded: ordinal) &+ 0x9E37_79B9_7F4A_7C15
        state = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        state = (state ^ state >> 27) &* 0x94D0_49BB_1331_11EB
        return state ^ state >> 31
    }
}

extension PastSample {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&mask)
        let bits = mask
        try coder.check(bits & (bits &+ 1) == 0, "a sample of no power of two")
        try coder.pass(list: &ordinals, upTo: capacity, empty: 0)
        let isAscending = zip(ordinals, ordinals.dropFirst()).allSatisfy { $0 < $1 }
        let isWithin = ordinals.allSatisfy { $0 >= 0 && $0 <= SnapshotCoder.counterLimit }
        try coder.check(isAscending && isWithin, "the events of a sample are out of order")
        for step in 0..<stepCount { try pass(&gaps, from: step * capacity, through: &coder) }
        for field in 0..<fieldCount { try pass(&values, from: field * capacity, through: &coder) }
    }

    /// Passes the rows in use of one column.
    private func pass(
        _ columns: inout [Double], from start: Int, through coder: inout SnapshotCoder
    ) throws(SnapshotError) {
        let rows = start..<start + ordinals.count
        var column = Array(columns[rows])
        try coder.pass(fixed: &column)
        if coder.isReading { columns.replaceSubrange(rows, with: column) }
    }
}
