/// Everything a series keeps for one step: its regressions, the mixes, the analogs' slopes, the interval, and the
/// forecasts under way.
///
/// The parts it does not own (history, profile, levels, analogs' memories) come as ``SharedModels`` and
/// ``SeriesAnalogs``.
struct StepEngine {
    /// One forecast under way: sixteen experts, three first-level mixes, the forecast, its bounds and their unit, the mix
    /// before corrections, what followed the analogs and how far off they were.
    enum Pending {
        static let firsts = 16
        static let value = 19
        static let low = 20
        static let high = 21
        static let unit = 22
        static let mix = 23
        static let analogs = 24

        static func width(_ models: ForecastModels) -> Int { models.hasAnalogs ? 28 : 24 }
    }

    let step: Int
    let models: ForecastModels
    private let active: ExpertVector
    private let seasonBack: Int
    private let weekBack: Int
    private let dampedSteps: Float
    private let width: Int
    private var regressions: StepRegressions
    private(set) var sleepers = SleepingExperts()
    var mixer: Mixer
    private(set) var finalMixer: Mixer
    private var guardian: LevelShiftGuard
    var short = AnalogStep()
    var long = AnalogStep()
    private var best: BestExpert
    private var bias = BiasCorrection()
    private(set) var tracker: IntervalTracker
    private(set) var distribution: ResidualDistribution
    private var pending: Cells
    private(set) var residuals: Cells
    private var cursor = 0
    private var made = 0
    private(set) var scored = 0

    /// The present forecast on the standardised scale.
    private(set) var value: Float = 0
    private(set) var low: Float = 0
    private(set) var high: Float = 0
    private(set) var unit: Float = 0
    /// Running means of |actual − forecast| and |actual − naive|.
    private(set) var meanError: Float = 0
    private(set) var meanNaiveError: Float = 0

    /// The mix speaks from this many judged forecasts on, the regressions in it from that many.
    static let mixJoins = 3
    private static let regressionsJoin = 8
    /// Residuals kept for joint samples.
    static let residualCount = 32

    private static func mixShape(season: Int) -> Mixer.Shape {
        Mixer.Shape(memories: 1, buckets: season > 1 ? 8 : 1, localShare: 2)
    }

    private static func finalShape(season: Int, step: Int, budget: StepBudget) -> Mixer.Shape {
        Mixer.Shape(memories: budget.memories, buckets: season > 1 && step > 1 ? 4 : 1, localShare: 1)
    }

    /// The room the step needs in its block.
    static func cellCount(season: Int, step: Int, budget: StepBudget) -> Int {
        let models = budget.models
        return [
            StepRegressions.cellCount(season: season, budget: budget),
            models.hasAnalogs ? Mixer.cellCount(mixShape(season: season)) : 0,
            Mixer.cellCount(finalShape(season: season, step: step, budget: budget)),
            BestExpert.cellCount, IntervalTracker.cellCount(step: step), ResidualDistribution.cellCount,
            step * Pending.width(models),
            residualCount,
        ].reduce(0) { $0 + StateBlock.rounded($1) }
    }

    init(
        season: Int, step: Int, turn: Int, budget: StepBudget, block: StateBlock, scratch: Cells
    ) {
        self.step = step
        models = budget.models
        var lanes = models.lanes(season: season)
        if models.hasAnalogs { lanes.first[2] = step > 1 ? 1 : 0 }
        active = lanes
        let lags = LagFeatures(season: season, step: step)
        seasonBack = lags.seasonBack
        weekBack = lags.weekBack
        dampedSteps = HoltWinters.dampedSteps(step)
        width = Pending.width(models)
        regressions = StepRegressions(
            season: season, step: step, turn: turn, budget: budget, block: block, scratch: scratch)
        guardian = LevelShiftGuard(lag: seasonBack + step)
        let shape = StepEngine.mixShape(season: season)
        mixer = Mixer(step: step, shape: shape, cells: block.cells(models.hasAnalogs ? Mixer.cellCount(shape) : 0))
        let finalShape = StepEngine.finalShape(season: season, step: step, budget: budget)
        finalMixer = Mixer(step: step, shape: finalShape, cells: block.cells(Mixer.cellCount(finalShape)))
        best = BestExpert(cells: block.cells(BestExpert.cellCount))
        tracker = IntervalTracker(step: step, cells: block.cells(IntervalTracker.cellCount(step: step)))
        distribution = ResidualDistribution(cells: block.cells(ResidualDistribution.cellCount))
        pending = block.cells(step * width)
        residuals = block.cells(StepEngine.residualCount)
    }

    /// Learns from the value that the oldest forecast under way spoke of, before any shared model has seen it.
    @inline(__always)
    mutating func learn(_ target: Float, shared: borrowing SharedModels) {
        if step >= LevelShiftGuard.shortestStep {
            let before = shared.history.count &- seasonBack &- step
            if before >= shared.history.oldest { guardian.learn(difference: target - shared.history[before]) }
        }
        guard made >= step else { return }
        let record = pending.part(from: cursor &* width, count: width)
        let experts = ExpertVector(record, at: 0)
        regressions.learn(target, levels: StepEngine.levels(experts), sleepers: sleepers, shared: shared)
        let phase = shared.phases(0).day
        let isAnyAsleep = experts.sum.isNaN
        if models.hasAnalogs {
            mixer.learn(
                experts, firsts: .zero, target: target, bucket: mixer.bucket(phase: phase, season: shared.season),
                isAnyAsleep: isAnyAsleep)
            let analogs = record[four: Pending.analogs / 4]
            short.learn(target, followed: analogs[0], offset: analogs[1])
            long.learn(target, followed: analogs[2], offset: analogs[3])
        }
        finalMixer.learn(
            experts, firsts: record[four: Pending.firsts / 4].zeroLast, target: target,
            bucket: finalMixer.bucket(phase: phase, season: shared.season), isAnyAsleep: isAnyAsleep)
        best.learn(experts, mix: finalMixer.value(of: record[four: Pending.firsts / 4].zeroLast), target: target)
        if sleepers.count() {
            sleepers.review(finalMixer.shares())
            best.review(active * sleepers.awake)
        }
        let residual = target - record[Pending.value]
        let unit = record[Pending.unit]
        if step <= BiasCorrection.longestStep { bias.learn(residual: target - record[Pending.mix]) }
        tracker.learn(
            residual: residual, unit: unit, low: record[Pending.low], high: record[Pending.high],
            part: shared.part(phase: phase))
        if scored > 0 { distribution.learn(abs(residual) / unit) }
        residuals[shared.history.count & (StepEngine.residualCount - 1)] = residual
        scored = min(scored &+ 1, 1_000_000)
        let rate = max(0.01, 1 / Float(scored))
        meanError += rate * (abs(residual) - meanError)
        meanNaiveError += rate * (abs(target - experts.first[0]) - meanNaiveError)
    }

    /// What the mix was off by, of the forecast that ``learn(_:shared:)`` just judged.
    @inline(__always)
    func mixResidual(_ target: Float) -> Float? {
        made >= step ? target - pending[cursor &* width &+ Pending.mix] : nil
    }

    /// Forecasts from the present, after all shared models have learned the last value.
    @inline(__always)
    mutating func forecast(
        stepIndex: Int, shared: borrowing SharedModels, analogs: borrowing SeriesAnalogs?, correction: Float
    ) {
        let target = shared.phases(step &- 1)
        var experts = shared.experts(
            step: step, target: target, seasonBack: seasonBack, weekBack: weekBack, dampedSteps: dampedSteps)
        let regressed = regressions.forecast(levels: StepEngine.levels(experts), sleepers: sleepers, shared: shared)
        experts.second[3] = regressed[0]
        experts.third[0] = regressed[1]
        experts.third[1] = regressed[2]
        let active = present
        let record = pending.part(from: cursor &* width, count: width)
        if analogs != nil {
            addAnalogs(
                &experts, active: active, bucket: mixer.bucket(phase: target.day, season: shared.season),
                stepIndex: stepIndex, shared: shared, analogs: analogs!, record: record)
        }
        var mix = finalMixer.mix(
            experts, active: active, bucket: finalMixer.bucket(phase: target.day, season: shared.season))
        if best.share > 0 { mix.value += best.share * (experts[best.lane] - mix.value) }
        value = mix.value
        if scored < StepEngine.mixJoins {
            value = experts.first[0]
        } else if step <= BiasCorrection.longestStep {
            if models.contains(.biasCorrection) { value += bias.correction }
            if step == 1, models.contains(.residualCorrection) { value += correction }
        } else if step >= LevelShiftGuard.shortestStep, models.contains(.levelShiftGuard) {
            value += guardian.share * (experts.first[1] - value)
        }
        unit = tracker.size(part: shared.part(phase: target.day))
        low = value + min(tracker.low * unit, 0)
        high = value + max(tracker.high * unit, 0)
        if sleepers.isAnyAsleep { experts = experts.nan(unlessPositive: sleepers.awake) }
        experts.store(record, at: 0)
        record[four: 4] = SIMD4(mix.firsts[0], mix.firsts[1], mix.firsts[2], value)
        record[four: 5] = SIMD4(tracker.low * unit, tracker.high * unit, unit, mix.value)
        cursor = cursor &+ 1 == step ? 0 : cursor &+ 1
        made = min(made &+ 1, step)
    }

    /// 1 in the lanes of the experts that take part in the mix at present.
    @inline(__always)
    private var present: ExpertVector {
        var present = active * sleepers.awake
        if scored < StepEngine.regressionsJoin {
            present.second[3] = 0
            present.third[0] = 0
            present.third[1] = 0
        }
        return present
    }

    /// The part each expert has in the present forecast, corrections aside; they sum to 1 once a forecast was judged.
    var shares: ExpertVector {
        var shares = ExpertVector(repeating: 0)
        if scored > 0, scored < StepEngine.mixJoins { shares[0] = 1 }
        guard scored >= StepEngine.mixJoins else { return shares }
        shares = finalMixer.shares(among: present) * (1 - best.share)
        // Nobody takes part while all regressions are young.
        if !(shares.sum > 0) { shares[0] = 1 - best.share }
        shares[best.lane] += best.share
        return shares
    }

    /// Puts another value in the place of the forecast just made; the interval moves along, the mix is remembered as it
    /// was.
    mutating func replace(_ value: Float) {
        let record = pending.part(from: (cursor == 0 ? step &- 1 : cursor &- 1) &* width, count: width)
        self.value = value
        low = value + min(record[Pending.low], 0)
        high = value + max(record[Pending.high], 0)
        record[Pending.value] = value
    }

    /// The levels that the regressions of a series without a season see.
    @inline(__always)
    private static func levels(_ experts: ExpertVector) -> SIMD4<Float> {
        SIMD4(experts.first[3], experts.second[0], experts.third[2], 0)
    }

    /// Points all parts at the same place of a copied block.
    mutating func move(by floats: Int) {
        regressions.move(by: floats)
        mixer.move(by: floats)
        finalMixer.move(by: floats)
        best.move(by: floats)
        tracker.move(by: floats)
        distribution.move(by: floats)
        pending.move(by: floats)
        residuals.move(by: floats)
    }
}

extension SIMD4<Float> {
    /// The first three lanes; the last one is 0.
    @inline(__always)
    fileprivate var zeroLast: SIMD4<Float> { SIMD4(self[0], self[1], self[2], 0) }
}

extension StepEngine {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try regressions.pass(through: &coder)
        try sleepers.pass(through: &coder)
        try mixer.pass(through: &coder)
        try finalMixer.pass(through: &coder)
        try guardian.pass(through: &coder)
        try short.pass(through: &coder)
        try long.pass(through: &coder)
        try best.pass(through: &coder)
        try bias.pass(through: &coder)
        try tracker.pass(through: &coder)
        try distribution.pass(through: &coder)
        try coder.pass(&cursor, in: 0...(step - 1))
        try coder.pass(&made, in: 0...step)
        try coder.pass(&scored)
        try coder.pass(&value)
        try coder.pass(&low)
        try coder.pass(&high)
        try coder.pass(&unit)
        try coder.pass(&meanError)
        try coder.pass(&meanNaiveError)
    }
}
