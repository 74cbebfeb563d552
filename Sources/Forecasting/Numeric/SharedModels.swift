/// The models of a series that all steps share: the history, the levels, the season's phases.
struct SharedModels {
    let season: Int
    let scale: SeriesScale
    var history: ValueHistory
    private var naive = Naive()
    private var smoothing = SimpleSmoothing()
    private var recentMedian: RecentMedian
    private var signMedian = SignMedian()
    private var holtWinters: HoltWinters
    private(set) var profile: PhaseProfile
    let waves: PhaseWaves
    private var lowest: Float = .infinity
    private var highest: Float = -.infinity

    /// The room the models need in their block, the history not counted.
    static func cellCount(season: Int, weekly: Bool) -> Int {
        [RecentMedian.cellCount, season, PhaseProfile.cellCount(season: season, weekly: weekly)]
            .reduce(0) { $0 + StateBlock.rounded($1) }
    }

    init(season: Int, weekly: Bool, scale: SeriesScale, history: ValueHistory, block: StateBlock) {
        self.season = season
        self.scale = scale
        self.history = history
        recentMedian = RecentMedian(cells: block.cells(RecentMedian.cellCount))
        holtWinters = HoltWinters(season: season, cells: block.cells(season))
        profile = PhaseProfile(
            season: season, weekly: weekly,
            cells: block.cells(PhaseProfile.cellCount(season: season, weekly: weekly)))
        waves = PhaseWaves(season: season)
    }

    @inline(__always)
    mutating func learn(_ value: Float) {
        lowest = min(lowest, value)
        highest = max(highest, value)
        naive.learn(value)
        smoothing.learn(value)
        recentMedian.learn(value)
        signMedian.learn(value)
        holtWinters.learn(value)
        profile.learn(value)
        history.append(value)
    }

    /// The last value.
    var last: Float { naive.last }

    /// What the experts that all steps share say of a target; the regressions' lanes are 0.
    @inline(__always)
    func experts(
        step: Int, target: PhasePair, seasonBack: Int, weekBack: Int, dampedSteps: Float
    ) -> ExpertVector {
        let last = naive.forecast(step: step)
        var seasonal = last
        var weekly = last
        var profiled = last
        if season > 1 {
            let lags = SeasonalNaive(period: season, history: history)
            seasonal = lags.forecast(back: seasonBack, missing: last)
            weekly = lags.forecast(back: weekBack, missing: seasonal)
            profiled = profile.forecast(step: step, phase: target.day, weekPhase: target.week)
        }
        return ExpertVector(
            SIMD4(
                last, seasonal, weekly,
                season > 1
                    ? profile.levelled(phase: target.day, weekPhase: target.week) : smoothing.forecast(step: step)),
            SIMD4(
                recentMedian.forecast(step: step), holtWinters.forecast(phase: target.day, dampedSteps: dampedSteps),
                profiled, 0),
            SIMD4(0, 0, signMedian.forecast(step: step), 0), .zero)
    }

    /// The phases of the value that lies `offset` after the next, which is at 0; the last one is at −1.
    @inline(__always)
    func phases(_ offset: Int) -> PhasePair {
        if season == 1 { return PhasePair(day: 0, week: 0) }
        return PhasePair(
            day: wrapped(profile.phase &+ offset, season),
            week: profile.week > 0 ? wrapped(profile.weekPhase &+ offset, profile.week) : 0)
    }

    @inline(__always)
    private func wrapped(_ phase: Int, _ period: Int) -> Int {
        if phase >= 0, phase < period { return phase }
        let rest = Int(Int32(truncatingIfNeeded: phase) % Int32(truncatingIfNeeded: period))
        return rest < 0 ? rest &+ period : rest
    }

    /// The interval tracker's part of the season.
    @inline(__always)
    func part(phase: Int) -> Int { season == 1 ? 0 : phase &* IntervalTracker.parts / season }

    /// A regression's output, within the range seen so far and 15 % of it.
    @inline(__always)
    func clipped(_ value: Float) -> Float {
        let margin = 0.15 * (highest - lowest)
        return min(max(value, lowest - margin), highest + margin)
    }

    /// The same, or `missing` where the value is not finite.
    @inline(__always)
    func clipped(_ value: Float, missing: Float) -> Float { value.isFinite ? clipped(value) : missing }

    /// Points all parts at the same place of a copied block.
    mutating func move(by floats: Int) {
        recentMedian.move(by: floats)
        holtWinters.move(by: floats)
        profile.move(by: floats)
    }
}

extension SharedModels {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try history.pass(through: &coder)
        try naive.pass(through: &coder)
        try smoothing.pass(through: &coder)
        try recentMedian.pass(through: &coder)
        try signMedian.pass(through: &coder)
        try holtWinters.pass(through: &coder)
        try profile.pass(through: &coder)
        try coder.pass(&lowest)
        try coder.pass(&highest)
    }
}
