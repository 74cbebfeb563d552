/// The three direct autoregressions of one step, over one set of lags: large on the standardised scale, middling and
/// small on the asinh scale.
///
/// Which are computed is in ``models``; one that is not neither forecasts nor learns.
struct StepRegressions {
    private let features: LagFeatures
    private let models: ForecastModels
    private let stride: Int
    private var turn: Int
    private var large: RecursiveLeastSquares
    private var middle: RecursiveLeastSquares
    private var small: RecursiveLeastSquares
    private var inputs: Cells
    private var robust: Cells
    private var few: Cells

    /// The room for inputs and intermediate results. Step 1 learns from the inputs it forecast with and needs its own;
    /// longer steps gather them again, and share one.
    static let scratchCount = 36 + 24 + 8 + 36

    private static func counts(season: Int, budget: StepBudget) -> (large: Int, middle: Int) {
        season > 1 ? (budget.inputs, LagFeatures.short) : (LagFeatures.plain, LagFeatures.plain)
    }

    /// The parts' rooms, in the order in which they lie in the block.
    private static func rooms(season: Int, budget: StepBudget) -> [Int] {
        let models = budget.models
        let counts = counts(season: season, budget: budget)
        return [
            models.contains(.largeRegression) ? RecursiveLeastSquares.cellCount(features: counts.large) : 0,
            models.contains(.robustRegression) ? RecursiveLeastSquares.cellCount(features: counts.middle) : 0,
            models.contains(.smallRegression) ? RecursiveLeastSquares.cellCount(features: 8) : 0,
        ]
    }

    /// The room the regressions need in their block.
    static func cellCount(season: Int, budget: StepBudget) -> Int {
        rooms(season: season, budget: budget).reduce(0) { $0 + StateBlock.rounded($1) }
    }

    init(
        season: Int, step: Int, turn: Int, budget: StepBudget, block: StateBlock, scratch: Cells
    ) {
        features = LagFeatures(season: season, step: step)
        models = budget.models
        stride = budget.stride
        self.turn = turn % stride
        let counts = StepRegressions.counts(season: season, budget: budget)
        let rooms = StepRegressions.rooms(season: season, budget: budget)
        let image = scratch.part(from: 68, count: 36)
        large = RecursiveLeastSquares(
            features: counts.large, forgetting: raised(0.998, to: stride), clip: 2.5, cells: block.cells(rooms[0]),
            image: image)
        middle = RecursiveLeastSquares(
            features: counts.middle, forgetting: raised(0.9995, to: stride), clip: 1.5, cells: block.cells(rooms[1]),
            image: image)
        small = RecursiveLeastSquares(
            features: 8, forgetting: raised(0.9995, to: stride), clip: 1.5, cells: block.cells(rooms[2]), image: image)
        inputs = scratch.part(from: 0, count: 36)
        robust = scratch.part(from: 36, count: 24)
        few = scratch.part(from: 60, count: 8)
    }

    /// What each regression says of the target, seen from the last value. `levels` are the inputs of a series without a
    /// season. A regression that is left out says 0.
    @inline(__always)
    mutating func forecast(
        levels: SIMD4<Float>, sleepers: SleepingExperts, shared: borrowing SharedModels
    ) -> SIMD4<Float> {
        gather(origin: shared.history.count &- 1, offset: -1, target: step &- 1, levels: levels, shared: shared)
        var forecasts = SIMD4<Float>.zero
        if models.contains(.largeRegression), sleepers.isAwake(.large) {
            forecasts[0] = shared.clipped(large.predict(inputs))
        }
        if models.contains(.robustRegression), sleepers.isAwake(.middle) {
            forecasts[1] = shared.clipped(shared.scale.standardised(robust: middle.predict(robust)))
        }
        if models.contains(.smallRegression) {
            forecasts[2] = shared.clipped(shared.scale.standardised(robust: small.predict(few)))
        }
        return forecasts
    }

    /// Learns from the value that the forecast made `step` values ago spoke of.
    @inline(__always)
    mutating func learn(
        _ target: Float, levels: SIMD4<Float>, sleepers: SleepingExperts, shared: borrowing SharedModels
    ) {
        turn = turn &+ 1 >= stride ? 0 : turn &+ 1
        if turn != 0 { return }
        if step > 1 {
            gather(origin: shared.history.count &- step, offset: 0 &- step, target: 0, levels: levels, shared: shared)
        }
        if models.contains(.largeRegression), sleepers.isAwake(.large) { large.learn(inputs, target: target) }
        let target = shared.scale.robust(target)
        if models.contains(.robustRegression), sleepers.isAwake(.middle) { middle.learn(robust, target: target) }
        if models.contains(.smallRegression) { small.learn(few, target: target) }
    }

    private var step: Int { features.step }

    /// Fills in the inputs. Origin and target lie `offset` and `target` values after the next.
    @inline(__always)
    private func gather(
        origin: Int, offset: Int, target: Int, levels: SIMD4<Float>, shared: borrowing SharedModels
    ) {
        if features.season > 1 {
            features.gather(
                at: origin, history: shared.history, profile: shared.profile, waves: shared.waves,
                target: shared.phases(target), origin: shared.phases(offset), into: inputs)
        } else {
            features.gatherPlain(at: origin, history: shared.history, into: inputs)
            inputs[9] = levels[0]
            inputs[10] = levels[1]
            inputs[11] = levels[2]
        }
        let count = features.season > 1 ? LagFeatures.short : LagFeatures.plain
        for four in 0..<(count / 4) { robust[four: four] = shared.scale.robust(inputs[four: four]) }
        robust[0] = 1
        few[0] = 1
        few[1] = robust[1]
        if features.season > 1 {
            few[2] = robust[LagFeatures.seasonLag]
            few[3] = robust[LagFeatures.usual]
            few[4] = robust[LagFeatures.usualOfWeek]
            few[5] = robust[2]
            few[6] = robust[14]
            few[7] = robust[17]
        } else {
            few[2] = robust[9]
            few[3] = robust[10]
            few[4] = robust[11]
            few[5] = robust[2]
            few[6] = robust[3]
            few[7] = robust[4]
        }
    }

    /// Points all parts at the same place of a copied block.
    mutating func move(by floats: Int) {
        large.move(by: floats)
        middle.move(by: floats)
        small.move(by: floats)
        inputs.move(by: floats)
        robust.move(by: floats)
        few.move(by: floats)
    }
}

extension StepRegressions {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&turn, in: 0...(stride - 1))
        try large.pass(through: &coder)
        try middle.pass(through: &coder)
        try small.pass(through: &coder)
    }
}
