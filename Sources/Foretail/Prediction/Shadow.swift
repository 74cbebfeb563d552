import Forecasting

/// A prediction that was not announced, kept to learn whether it would have been a hit: models that abstain go on being
/// scored, and can come back.
struct Shadow {
    /// The window, in microseconds since 1970.
    var windowStart: Int64 = 0
    /// The end of the window, included.
    var windowEnd: Int64 = -1
    /// The scores that the calibrators learn from.
    var scores = PredictionScores()
    /// Whether it was picked, and only the correction kept it back.
    var isSelected = false
    /// Whether the past alone made it likely.
    var isTrivial = false
    /// The asserted field, if any.
    var first: Assertion?
    /// Further asserted fields.
    var others: [Assertion] = []

    /// Whether the event that came at its ordinal would have been a hit.
    func agrees(microseconds: Int64, matched: Bool, readings: [Double]) -> Bool {
        guard matched, windowStart <= microseconds, microseconds <= windowEnd else { return false }
        if let first, !first.agrees(with: readings[first.reading]) { return false }
        for other in others where !other.agrees(with: readings[other.reading]) { return false }
        return true
    }
}

/// The shadows of one series for one request: for step h those of the last h events, so that the one made h events ago is at
/// hand. Of steps further ahead than ``depth`` only some origins are kept, evenly spread: enough to be scored by.
struct ShadowRing {
    /// The most shadows kept per step.
    static let depth = 32

    private var shadows: [Shadow]
    private let offsets: [Int]
    private let steps: [Int]

    /// Creates a ring for the given steps. Cost: at most ``depth`` shadows of 112 bytes per step.
    init(steps: [Int]) {
        self.steps = steps
        var offsets: [Int] = []
        var total = 0
        for step in steps {
            offsets.append(total)
            total += Self.length(step)
        }
        self.offsets = offsets
        shadows = [Shadow](repeating: Shadow(), count: total)
    }

    /// How many shadows the ring of the given steps holds.
    static func count(steps: [Int]) -> Int { steps.reduce(0) { $0 + length($1) } }

    /// The bytes the ring is counted with in the model budget.
    var byteCount: Int { shadows.count * MemoryLayout<Shadow>.stride }

    private static func stride(_ step: Int) -> Int { (step + depth - 1) / depth }
    private static func length(_ step: Int) -> Int { (step + stride(step) - 1) / stride(step) }

    /// Keeps the shadow made at `origin` for a step, if that is an origin that is kept.
    mutating func keep(_ shadow: Shadow, stepIndex: Int, origin: Int) {
        let stride = Self.stride(steps[stepIndex])
        guard origin % stride == 0 else { return }
        shadows[offsets[stepIndex] + origin / stride % Self.length(steps[stepIndex])] = shadow
    }

    /// The shadow made a step before `ordinal`, if one was kept; it must be asked for before that event's own is kept.
    func made(stepIndex: Int, before ordinal: Int) -> Shadow? {
        let origin = ordinal - steps[stepIndex]
        let stride = Self.stride(steps[stepIndex])
        guard origin > 0, origin % stride == 0 else { return nil }
        return shadows[offsets[stepIndex] + origin / stride % Self.length(steps[stepIndex])]
    }
}

extension ShadowRing {
    /// Writes the state, or reads it back, on a stream with so many fields.
    mutating func pass(through coder: inout SnapshotCoder, fieldCount: Int) throws(SnapshotError) {
        for index in shadows.indices { try shadows[index].pass(through: &coder, fieldCount: fieldCount) }
    }
}

extension Shadow {
    /// The bytes a shadow takes in a snapshot at least.
    static let leastBytes = 12

    fileprivate mutating func pass(
        through coder: inout SnapshotCoder, fieldCount: Int
    ) throws(SnapshotError) {
        try coder.pass(&scores.raw)
        // What is learned from nothing needs no more.
        if scores.raw < 0 { return try coder.pass(&windowStart, in: .min...(.max)) }
        try coder.pass(&windowStart, in: .min...(.max))
        try coder.pass(&windowEnd, in: .min...(.max))
        try coder.pass(&scores.estimate)
        try coder.pass(&scores.mapped)
        try coder.pass(&scores.regressed)
        try coder.pass(&scores.baseRate)
        try coder.pass(&isSelected)
        try coder.pass(&isTrivial)
        let asserted = (first.map { [$0] } ?? []) + others
        let count = try coder.count(asserted.count, upTo: fieldCount, bytesEach: 21)
        var passed: [Assertion] = []
        for place in 0..<count {
            var assertion =
                coder.isReading ? Assertion(field: 0, isCategory: false, value: 0, tolerance: 0) : asserted[place]
            try coder.pass(&assertion.field, in: 0...Int32(fieldCount - 1))
            try coder.pass(&assertion.isCategory)
            try coder.passAny(&assertion.value)
            try coder.passAny(&assertion.tolerance)
            passed.append(assertion)
        }
        if coder.isReading {
            first = passed.first
            others = Array(passed.dropFirst())
        }
    }
}
