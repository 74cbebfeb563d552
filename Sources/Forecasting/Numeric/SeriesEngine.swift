/// All models of one series on their way through its values: what is shared, then every step.
///
/// Plain data that points into the ``StateBlock`` of its ``SeriesState``; copying it copies no model.
@safe
struct SeriesEngine {
    private(set) var shared: SharedModels
    private var correction = ResidualCorrection()
    private var analogs: SeriesAnalogs?
    private let steps: UnsafeMutablePointer<StepEngine>
    let stepCount: Int

    /// The room all models need in their block.
    static func cellCount(
        season: Int, weekly: Bool, steps: [Int], configuration: ForecastConfiguration, analogWindow: Int
    ) -> Int {
        var count = SharedModels.cellCount(season: season, weekly: weekly)
        count += (steps == [1] ? 1 : 2) * StateBlock.rounded(StepRegressions.scratchCount)
        count += SeriesAnalogs.cellCount(
            capacity: analogWindow, stepCount: steps.count,
            models: configuration.models(stepCount: steps.count))
        for step in steps {
            let budget = StepBudget(configuration, season: season, step: step, stepCount: steps.count)
            count += StepEngine.cellCount(season: season, step: step, budget: budget)
        }
        return count
    }

    init(
        season: Int, weekly: Bool, scale: SeriesScale, history: ValueHistory, steps: [Int],
        configuration: ForecastConfiguration, analogWindow: Int, place: UnsafeMutablePointer<StepEngine>,
        block: StateBlock
    ) {
        shared = SharedModels(season: season, weekly: weekly, scale: scale, history: history, block: block)
        unsafe self.steps = unsafe place
        stepCount = steps.count
        let own = block.cells(StepRegressions.scratchCount)
        let common = steps == [1] ? own : block.cells(StepRegressions.scratchCount)
        for (index, step) in steps.enumerated() {
            unsafe (place + index).initialize(
                to: StepEngine(
                    season: season, step: step, turn: index,
                    budget: StepBudget(configuration, season: season, step: step, stepCount: steps.count), block: block,
                    scratch: step == 1 ? own : common))
        }
        if analogWindow > 0 {
            analogs = SeriesAnalogs(
                capacity: analogWindow, season: season, stepCount: steps.count,
                models: configuration.models(stepCount: steps.count), block: block)
        }
    }

    /// Takes in the next value on the standardised scale and forecasts anew.
    ///
    /// - Parameter first: The place of the first step that learns; those before it have not begun, see ``ReplayReach``.
    mutating func learn(_ value: Float, from first: Int = 0) {
        for index in first..<stepCount {
            if index == 0, unsafe steps[0].step == 1, let residual = unsafe steps[0].mixResidual(value) {
                correction.learn(residual: residual)
            }
            unsafe steps[index].learn(value, shared: shared)
        }
        if analogs != nil {
            var needsShort = false
            var needsLong = false
            for index in first..<stepCount {
                if unsafe steps[index].sleepers.isAwake(.short) { needsShort = true }
                if unsafe steps[index].sleepers.isAwake(.long) { needsLong = true }
            }
            analogs?.learn(value, history: shared.history, needsShort: needsShort, needsLong: needsLong)
            analogs?.skipMix(below: first)
        }
        shared.learn(value)
        for index in first..<stepCount {
            unsafe steps[index].forecast(
                stepIndex: index, shared: shared, analogs: analogs, correction: correction.correction)
        }
    }

    /// The state of a step.
    @inline(__always)
    subscript(index: Int) -> StepEngine {
        @inline(__always) _read {
            precondition(index >= 0 && index < stepCount, "a step index lies within the asked steps")
            yield unsafe steps[index]
        }
    }

    /// Puts another forecast of the first step in the place of the one just made.
    func replaceForecast(_ value: Float) {
        precondition(stepCount > 0, "what is replaced was forecast")
        unsafe steps[0].replace(value)
    }

    /// Moves the history into a larger ring.
    mutating func grow(into cells: Cells) { shared.history = shared.history.grown(into: cells) }

    /// The same engine over copies of its blocks.
    func moved(
        by floats: Int, historyBy ringFloats: Int, steps place: UnsafeMutablePointer<StepEngine>
    ) -> SeriesEngine {
        var copy = unsafe SeriesEngine(copying: self, steps: place)
        copy.shared.move(by: floats)
        copy.analogs?.move(by: floats)
        copy.shared.history.move(by: ringFloats)
        for index in 0..<stepCount {
            unsafe (place + index).initialize(to: steps[index])
            unsafe place[index].move(by: floats)
        }
        return copy
    }

    private init(copying other: SeriesEngine, steps place: UnsafeMutablePointer<StepEngine>) {
        shared = other.shared
        correction = other.correction
        analogs = other.analogs
        stepCount = other.stepCount
        unsafe steps = unsafe place
    }
}

extension SeriesEngine {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try shared.pass(through: &coder)
        try correction.pass(through: &coder)
        for index in 0..<stepCount {
            var step = unsafe steps[index]
            try step.pass(through: &coder)
            if coder.isReading { unsafe steps[index] = step }
        }
        try analogs?.pass(through: &coder, history: shared.history)
    }
}
