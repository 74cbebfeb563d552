/// All models of one series on their way through its values: what is shared, then every step.
///
/// Plain data that points into the ``StateBlock`` of its ``SeriesState``; copying it copies no model.
@safe
struct SeriesEngine {
    private(set) var shared: SharedModels
    private var correction = ResidualCorrection()
    private let active: ExpertVector
    private let steps: UnsafeMutablePointer<StepEngine>
    let stepCount: Int

    /// The room all models need in their block.
    static func cellCount(season: Int, weekly: Bool, steps: [Int]) -> Int {
        steps.reduce(SharedModels.cellCount(season: season, weekly: weekly) + 2 * StepEngine.scratchCount) {
            $0 + StepEngine.cellCount(season: season, step: $1)
        }
    }

    init(
        season: Int, weekly: Bool, scale: SeriesScale, history: ValueHistory, steps: [Int],
        place: UnsafeMutablePointer<StepEngine>, block: StateBlock
    ) {
        shared = SharedModels(season: season, weekly: weekly, scale: scale, history: history, block: block)
        unsafe self.steps = unsafe place
        stepCount = steps.count
        let own = block.cells(StepEngine.scratchCount)
        let common = block.cells(StepEngine.scratchCount)
        for (index, step) in steps.enumerated() {
            unsafe (place + index).initialize(
                to: StepEngine(season: season, step: step, block: block, scratch: step == 1 ? own : common))
        }
        active =
            season > 1
            ? ExpertVector(.one, .one, SIMD4(1, 1, 0, 0))
            : ExpertVector(SIMD4(1, 0, 0, 1), SIMD4(1, 1, 0, 1), SIMD4(1, 1, 0, 0))
    }

    /// Takes in the next value on the standardised scale and forecasts anew.
    mutating func learn(_ value: Float) {
        for index in 0..<stepCount {
            if index == 0, unsafe steps[0].step == 1, let residual = unsafe steps[0].mixResidual(value) {
                correction.learn(residual: residual)
            }
            unsafe steps[index].learn(value, shared: shared)
        }
        shared.learn(value)
        for index in 0..<stepCount {
            unsafe steps[index].forecast(shared: shared, active: active, correction: correction.correction)
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

    /// Moves the history into a larger ring.
    mutating func grow(into cells: Cells) { shared.history = shared.history.grown(into: cells) }

    /// The same engine over copies of its blocks.
    func moved(
        by floats: Int, historyBy ringFloats: Int, steps place: UnsafeMutablePointer<StepEngine>
    ) -> SeriesEngine {
        var copy = unsafe SeriesEngine(copying: self, steps: place)
        copy.shared.move(by: floats)
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
        active = other.active
        stepCount = other.stepCount
        unsafe steps = unsafe place
    }
}
