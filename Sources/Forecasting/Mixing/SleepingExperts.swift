/// Which of the costly experts of a step are computed: one that earns no weight sleeps, and is tried again at times.
///
/// Every 64 judged forecasts the shares of the final mix are looked at. A group of experts that together had less than
/// 1 % eight times in a row goes to sleep for 448 forecasts: it neither forecasts nor learns, and its losses keep their
/// ratio to those of the mix (see ``Mixer``). Then it is computed for at least 64, and sleeps on if that was in vain. All
/// by counts, so that the same input gives the same output.
///
/// ```swift
/// var experts = SleepingExperts()
/// experts.review(shares)            // after a forecast was judged
/// experts.isAwake(.large)
/// ```
///
/// Source: Freund, Schapire, Singer, Warmuth, "Using and Combining Predictors that Specialize", STOC 1997.
struct SleepingExperts {
    /// Experts that are computed together or not at all.
    enum Group: Int, CaseIterable {
        case large, middle, short, long

        /// The group's first lane and the one after its last.
        var lanes: Range<Int> {
            switch self {
            case .large: 7..<8
            case .middle: 8..<9
            case .short: 11..<14
            case .long: 14..<16
            }
        }
    }

    private static let period = 64
    private static let rest: Int32 = 7
    private static let patience: Int32 = 8
    private static let least: Float = 0.01

    /// Periods that each group goes on sleeping.
    private var resting = SIMD4<Int32>.zero
    private var judged = 0
    /// Times in a row that each group earned nothing.
    private var idle = SIMD4<Int32>.zero
    /// 0 in the lanes of sleeping groups, 1 elsewhere.
    private(set) var awake = ExpertVector(repeating: 1)
    /// Whether any group sleeps.
    @inline(__always) var isAnyAsleep: Bool { resting != .zero }

    /// Whether a group is computed now.
    @inline(__always)
    func isAwake(_ group: Group) -> Bool { resting[group.rawValue] == 0 }

    /// Whether the shares are due to be looked at after another judged forecast.
    @inline(__always)
    mutating func count() -> Bool {
        judged &+= 1
        if judged < SleepingExperts.period { return false }
        judged = 0
        return true
    }

    /// Decides for the next period.
    mutating func review(_ shares: ExpertVector) {
        for group in Group.allCases {
            let place = group.rawValue
            var share: Float = 0
            for lane in group.lanes { share += shares[lane] }
            if resting[place] > 0 {
                resting[place] -= 1
            } else {
                idle[place] = share < SleepingExperts.least ? idle[place] + 1 : 0
                if idle[place] >= SleepingExperts.patience {
                    resting[place] = SleepingExperts.rest
                    idle[place] = SleepingExperts.patience - 1
                }
            }
            for lane in group.lanes { awake[lane] = resting[place] > 0 ? 0 : 1 }
        }
    }
}

extension SleepingExperts {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&resting, in: 0...SleepingExperts.rest)
        try coder.pass(&judged, in: 0...SleepingExperts.period)
        try coder.pass(&idle, in: 0...SleepingExperts.patience)
        try awake.pass(through: &coder)
    }
}
