/// A prediction that was not announced, kept to learn whether it would have been a hit: models that abstain go on being
/// scored, and can come back.
struct Shadow {
    /// The window, in microseconds since 1970.
    var windowStart: Int64 = 0
    /// The end of the window, included.
    var windowEnd: Int64 = -1
    /// The raw score its calibrator learns from; negative where there is nothing to learn.
    var rawScore = -1.0
    /// The confidence before the correction for having been picked.
    var estimate = 0.0
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

/// The shadows of one series for one request: for step h the last h of them, so that the one made h events ago is at hand.
struct ShadowRing {
    private var shadows: [Shadow]
    private let offsets: [Int]
    private let steps: [Int]

    /// Creates a ring for the given steps. Cost: the sum of the steps, 104 bytes each.
    init(steps: [Int]) {
        self.steps = steps
        var offsets: [Int] = []
        var total = 0
        for step in steps {
            offsets.append(total)
            total += step
        }
        self.offsets = offsets
        shadows = [Shadow](repeating: Shadow(), count: total)
    }

    /// The shadow that was made a step before `ordinal`; setting it stores the one made at `ordinal`.
    subscript(stepIndex: Int, ordinal: Int) -> Shadow {
        get { shadows[offsets[stepIndex] + ordinal % steps[stepIndex]] }
        set { shadows[offsets[stepIndex] + ordinal % steps[stepIndex]] = newValue }
    }
}
