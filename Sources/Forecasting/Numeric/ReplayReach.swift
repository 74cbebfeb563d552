/// How far back each step looks when a series' models begin anew and learn again what is remembered.
///
/// A value costs every step about a microsecond. Up to 32 steps learn from all 4,096 values that are held; hundreds of steps
/// would keep whoever waits for many seconds. Of many steps, each learns from the latest values alone: as many as it takes
/// to judge its last forecasts. What is shared by all steps (history, season, levels) always sees every value.
///
/// ```swift
/// ReplayReach(steps: Array(1...565), count: 4096).firstStep(remaining: 700)   // 468: step 469 is the first to learn
/// ```
struct ReplayReach {
    /// Values times steps up to which every step learns from everything.
    static let free = 131_072
    /// Forecasts that each of many steps at least comes to judge.
    static let leastJudged = 128
    /// Values times steps beyond which the longest steps wait for new values instead.
    static let most = 1_048_576

    private let steps: [Int]
    private let judged: Int
    private let longest: Int

    /// The reach of ascending steps over so many values.
    init(steps: [Int], count: Int) {
        self.steps = steps
        let isFree = steps.count * count <= ReplayReach.free
        judged = isFree ? count : max(ReplayReach.leastJudged, ReplayReach.free / steps.count)
        longest = isFree ? count : max(2 * ReplayReach.leastJudged, ReplayReach.most / steps.count)
    }

    /// The place of the first step that learns when so many values are left, the one at hand among them: those behind it
    /// learn too.
    func firstStep(remaining: Int) -> Int {
        guard remaining <= longest else { return steps.count }
        if remaining <= judged { return 0 }
        return steps.firstIndex { $0 + judged >= remaining } ?? steps.count
    }
}
