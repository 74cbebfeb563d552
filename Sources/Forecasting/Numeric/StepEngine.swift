/// Everything a series keeps for one step: its two regressions, the mix, the interval, and the forecasts under way.
///
/// The parts it does not own (history, profile, levels) come as ``SharedModels``.
struct StepEngine {
    /// One forecast under way: twelve experts, three first-level mixes, the forecast, its bounds and their unit, the mix
    /// before corrections.
    private enum Pending {
        static let firsts = 12
        static let value = 15
        static let low = 16
        static let high = 17
        static let unit = 18
        static let mix = 19
        static let width = 20
    }

    let step: Int
    private let features: LagFeatures
    private let dampedSteps: Float
    private let inputCount: Int
    private var regression: RecursiveLeastSquares
    private var robustRegression: RecursiveLeastSquares
    private(set) var mixer: Mixer
    private(set) var tracker: IntervalTracker
    private(set) var distribution: ResidualDistribution
    private var inputs: Cells
    private var robustInputs: Cells
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
    private static let mixJoins = 3
    private static let regressionsJoin = 8
    /// Residuals kept for joint samples.
    static let residualCount = 32

    private static func inputCount(season: Int) -> Int { season > 1 ? LagFeatures.seasonal : LagFeatures.plain }

    /// The room the step needs in its block.
    static func cellCount(season: Int, step: Int) -> Int {
        [
            RecursiveLeastSquares.cellCount(features: inputCount(season: season)),
            RecursiveLeastSquares.cellCount(features: 5), Mixer.cellCount(step: step),
            IntervalTracker.cellCount(step: step), ResidualDistribution.cellCount, step * Pending.width, residualCount,
        ].reduce(0) { $0 + StateBlock.rounded($1) }
    }

    /// The room for inputs and intermediate results. Step 1 learns from the inputs it forecast with and needs its own;
    /// longer steps gather them again, and share one.
    static let scratchCount = 48

    init(season: Int, step: Int, block: StateBlock, scratch: Cells) {
        self.step = step
        features = LagFeatures(season: season, step: step)
        dampedSteps = HoltWinters.dampedSteps(step)
        inputCount = StepEngine.inputCount(season: season)
        regression = RecursiveLeastSquares(
            features: inputCount, forgetting: 0.998, clip: 2.5,
            cells: block.cells(RecursiveLeastSquares.cellCount(features: inputCount)),
            image: scratch.part(from: 24, count: 16))
        robustRegression = RecursiveLeastSquares(
            features: 5, forgetting: 0.9995, clip: 1.5,
            cells: block.cells(RecursiveLeastSquares.cellCount(features: 5)), image: scratch.part(from: 40, count: 8))
        mixer = Mixer(step: step, cells: block.cells(Mixer.cellCount(step: step)))
        tracker = IntervalTracker(step: step, cells: block.cells(IntervalTracker.cellCount(step: step)))
        distribution = ResidualDistribution(cells: block.cells(ResidualDistribution.cellCount))
        inputs = scratch.part(from: 0, count: inputCount)
        robustInputs = scratch.part(from: 16, count: 8)
        pending = block.cells(step * Pending.width)
        residuals = block.cells(StepEngine.residualCount)
    }

    /// Learns from the value that the oldest forecast under way spoke of, before any shared model has seen it.
    @inline(__always)
    mutating func learn(_ target: Float, shared: borrowing SharedModels) {
        guard made >= step else { return }
        let record = pending.part(from: cursor &* Pending.width, count: Pending.width)
        let experts = ExpertVector(record, at: 0)
        if step > 1 {
            gather(origin: shared.history.count &- step, offset: 0 &- step, target: 0, experts: experts, shared: shared)
        }
        regression.learn(inputs, target: target)
        robustRegression.learn(robustInputs, target: shared.scale.robust(target))
        let phase = shared.phases(0).day
        mixer.learn(
            experts, firsts: record[four: Pending.firsts / 4].zeroLast, target: target,
            bucket: shared.bucket(phase: phase))
        let residual = target - record[Pending.value]
        let unit = record[Pending.unit]
        tracker.learn(
            residual: residual, unit: unit, low: record[Pending.low], high: record[Pending.high],
            part: shared.part(phase: phase))
        if scored > 0 { distribution.learn(abs(residual) / unit) }
        residuals[shared.history.count & (StepEngine.residualCount - 1)] = residual
        scored = min(scored &+ 1, 1_000_000)
        let rate = max(0.01, 1 / Float(scored))
        meanError += rate * (abs(residual) - meanError)
        meanNaiveError += rate * (abs(target - experts.low[0]) - meanNaiveError)
    }

    /// What the mix was off by, of the forecast that ``learn(_:shared:)`` just judged.
    @inline(__always)
    func mixResidual(_ target: Float) -> Float? {
        made >= step ? target - pending[cursor &* Pending.width &+ Pending.mix] : nil
    }

    /// Forecasts from the present, after all shared models have learned the last value.
    @inline(__always)
    mutating func forecast(shared: borrowing SharedModels, active: ExpertVector, correction: Float) {
        let target = shared.phases(step &- 1)
        var experts = shared.experts(
            step: step, target: target, seasonBack: features.seasonBack, weekBack: features.weekBack,
            dampedSteps: dampedSteps)
        gather(
            origin: shared.history.count &- 1, offset: -1, target: step &- 1, experts: experts, shared: shared)
        experts.middle[3] = shared.clipped(regression.predict(inputs))
        experts.high[0] = shared.clipped(shared.scale.standardised(robust: robustRegression.predict(robustInputs)))
        var active = active
        if scored < StepEngine.regressionsJoin {
            active.middle[3] = 0
            active.high[0] = 0
        }
        let mix = mixer.mix(experts, active: active, bucket: shared.bucket(phase: target.day))
        value = mix.value
        if scored < StepEngine.mixJoins {
            value = experts.low[0]
        } else if step == 1 {
            value += correction
        } else if step >= LevelShiftGuard.shortestStep, active.low[1] > 0 {
            value += shared.guardian.share * (experts.low[1] - value)
        }
        unit = tracker.size(part: shared.part(phase: target.day))
        low = value + min(tracker.low * unit, 0)
        high = value + max(tracker.high * unit, 0)
        let record = pending.part(from: cursor &* Pending.width, count: Pending.width)
        experts.store(record, at: 0)
        record[four: 3] = SIMD4(mix.firsts[0], mix.firsts[1], mix.firsts[2], value)
        record[four: 4] = SIMD4(tracker.low * unit, tracker.high * unit, unit, mix.value)
        cursor = cursor &+ 1 == step ? 0 : cursor &+ 1
        made = min(made &+ 1, step)
    }

    /// Fills in the inputs of both regressions. Origin and target lie `offset` and `target` values after the next.
    @inline(__always)
    private func gather(
        origin: Int, offset: Int, target: Int, experts: ExpertVector, shared: borrowing SharedModels
    ) {
        robustInputs[0] = 1
        robustInputs[1] = shared.scale.robust(experts.low[0])
        if features.season > 1 {
            features.gather(
                at: origin, history: shared.history, profile: shared.profile, target: shared.phases(target),
                origin: shared.phases(offset), into: inputs)
            robustInputs[2] = shared.scale.robust(inputs[LagFeatures.seasonLag])
            robustInputs[3] = shared.scale.robust(inputs[LagFeatures.usual])
            robustInputs[4] = shared.scale.robust(inputs[LagFeatures.usualOfWeek])
        } else {
            features.gatherPlain(at: origin, history: shared.history, into: inputs)
            inputs[9] = experts.low[3]
            inputs[10] = experts.middle[0]
            inputs[11] = experts.high[1]
            robustInputs[2] = shared.scale.robust(experts.low[3])
            robustInputs[3] = shared.scale.robust(experts.middle[0])
            robustInputs[4] = shared.scale.robust(experts.high[1])
        }
    }

    /// Points all parts at the same place of a copied block.
    mutating func move(by floats: Int) {
        regression.move(by: floats)
        robustRegression.move(by: floats)
        mixer.move(by: floats)
        tracker.move(by: floats)
        distribution.move(by: floats)
        inputs.move(by: floats)
        robustInputs.move(by: floats)
        pending.move(by: floats)
        residuals.move(by: floats)
    }
}

extension SIMD4<Float> {
    /// The first three lanes; the last one is 0.
    @inline(__always)
    fileprivate var zeroLast: SIMD4<Float> { SIMD4(self[0], self[1], self[2], 0) }
}
