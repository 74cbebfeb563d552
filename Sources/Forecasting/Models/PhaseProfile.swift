/// The usual value at each phase of the season, plus what is left of the present deviation from it.
///
///     p[i] ← p[i] + max(1/n, r) (y − p[i])             n = visits of phase i
///     ρ = Σ d(t) d(t−1) / Σ d(t−1)²  over decayed sums, d = y − p, within 0…1
///     ŷ(t+h) = p[phase of t+h] + ρ^h (y(t) − p[phase of t])
///     levelled: p[phase of t+h] + ℓ,  ℓ ← ℓ + 2/(s+1) (d − ℓ)
///
/// Parameters: season 2 or more; r .08 for the phases of a day, .3 for the phases of a week (seven seasons), which are
/// kept where there is room for them.
///
/// ```swift
/// var model = PhaseProfile(season: 2, weekly: false, cells: StateBlock(floats: 16).cells(2))
/// for value in [1, 5, 1, 5] as [Float] { model.learn(value) }
/// model.forecast(step: 1)  // about 1
/// ```
///
/// Error alone on the nine series of `data/forecast`, × seasonal naive at steps 1, 12, season: .601/.835/.939.
/// Source: seasonal means with an autoregressive remainder; Box and Jenkins, *Time Series Analysis*, 1970, chapter 9.
struct PhaseProfile: Forecaster {
    let season: Int
    /// Seven seasons, or 0 where the week is not kept.
    let week: Int
    private var daily: Cells
    private var weekly: Cells
    private var last: Float = 0
    private(set) var level: Float = 0
    private var products: Float = 0
    private var squares: Float = 1e-9
    private(set) var count = 0
    /// The phase of the next value within the season and within the week.
    private(set) var phase = 0
    private(set) var weekPhase = 0

    /// The room the model needs in its block.
    static func cellCount(season: Int, weekly: Bool) -> Int { weekly ? 8 * season : season }

    init(season: Int, weekly: Bool, cells: Cells) {
        self.season = season
        week = weekly ? 7 * season : 0
        daily = cells.part(from: 0, count: season)
        self.weekly = cells.part(from: season, count: week)
    }

    @inline(__always)
    mutating func learn(_ value: Float) {
        let usual = daily[phase]
        if count > season {
            let expected = visits(weekPhase: weekPhase) > 1 ? weekly[weekPhase] : usual
            level += 2 / Float(season + 1) * (value - expected - level)
            let before = last - daily[phase == 0 ? season &- 1 : phase &- 1]
            products = 0.998 * products + (value - usual) * before
            squares = 0.998 * squares + before * before
        }
        daily[phase] = usual + max(1 / Float(count / season &+ 1), 0.08) * (value - usual)
        phase = phase &+ 1 == season ? 0 : phase &+ 1
        if week > 0 {
            let rate = max(1 / Float(count / week &+ 1), 0.3)
            weekly[weekPhase] += rate * (value - weekly[weekPhase])
            weekPhase = weekPhase &+ 1 == week ? 0 : weekPhase &+ 1
        }
        last = value
        count &+= 1
    }

    func forecast(step: Int) -> Float {
        forecast(
            step: step, phase: (phase + step - 1) % season, weekPhase: week > 0 ? (weekPhase + step - 1) % week : 0)
    }

    /// The forecast where the caller knows the target's phases.
    @inline(__always)
    func forecast(step: Int, phase target: Int, weekPhase weekTarget: Int) -> Float {
        let now = phase == 0 ? season &- 1 : phase &- 1
        let weekNow = weekPhase == 0 ? week &- 1 : weekPhase &- 1
        let usual = visits(weekPhase: weekNow) > 1 ? weekly[weekNow] : daily[now]
        let expected = visits(weekPhase: weekTarget) > 1 ? weekly[weekTarget] : daily[target]
        let persistence = min(max(products / squares, 0), 1)
        return expected + raised(persistence, to: step) * (last - usual)
    }

    /// The usual value of the target's phases plus the level.
    @inline(__always)
    func levelled(phase target: Int, weekPhase weekTarget: Int) -> Float {
        (visits(weekPhase: weekTarget) > 1 ? weekly[weekTarget] : daily[target]) + level
    }

    /// The mean at a phase of the season.
    @inline(__always)
    func usual(phase: Int) -> Float { daily[phase] }

    /// The mean at a phase of the week, or `missing` where that phase was never seen.
    @inline(__always)
    func usual(weekPhase: Int, missing: Float) -> Float {
        week > 0 && weekPhase < count ? weekly[weekPhase] : missing
    }

    @inline(__always)
    private func visits(weekPhase: Int) -> Int {
        if week == 0 || weekPhase &+ week >= count { return 0 }
        return 2
    }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) {
        daily.move(by: floats)
        weekly.move(by: floats)
    }
}

extension PhaseProfile {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&last)
        try coder.pass(&level)
        try coder.pass(&products)
        try coder.pass(&squares)
        try coder.pass(&count)
        try coder.pass(&phase, in: 0...(season - 1))
        try coder.pass(&weekPhase, in: 0...max(week - 1, 0))
    }
}
