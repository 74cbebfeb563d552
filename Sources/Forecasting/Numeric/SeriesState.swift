/// The memory of one series' engine, owned in one place: a block for the models, a ring for the history.
@safe
final class SeriesState: @unchecked Sendable {
    let engine: UnsafeMutablePointer<SeriesEngine>
    private let places: UnsafeMutablePointer<StepEngine>
    let block: StateBlock
    private(set) var ring: StateBlock
    let steps: [Int]
    let season: Int
    /// Past values in which analogs are looked for; 0 without them.
    let analogWindow: Int
    /// The series' part in the global network; nil where that takes no part.
    var neural: NeuralSeries?

    /// Creates the models of a series whose values are measured on `scale`; `capacity` is a power of two.
    init(
        season: Int, steps: [Int], scale: SeriesScale, capacity: Int, limit: Int, configuration: ForecastConfiguration,
        analogWindow: Int
    ) {
        self.season = season
        self.analogWindow = analogWindow
        self.steps = steps
        let weekly = season > 1 && 7 * season < limit
        block = StateBlock(
            floats: SeriesEngine.cellCount(
                season: season, weekly: weekly, steps: steps, configuration: configuration,
                analogWindow: analogWindow))
        ring = StateBlock(floats: capacity)
        unsafe engine = .allocate(capacity: 1)
        unsafe places = .allocate(capacity: max(steps.count, 1))
        let history = ValueHistory(cells: ring.cells(capacity))
        unsafe engine.initialize(
            to: SeriesEngine(
                season: season, weekly: weekly, scale: scale, history: history, steps: steps,
                configuration: configuration, analogWindow: analogWindow, place: places, block: block))
    }

    private init(copying other: SeriesState) {
        steps = other.steps
        season = other.season
        analogWindow = other.analogWindow
        neural = other.neural?.copy()
        block = StateBlock(floats: other.block.count)
        block.fill(from: other.block)
        ring = StateBlock(floats: other.ring.count)
        ring.fill(from: other.ring)
        unsafe engine = .allocate(capacity: 1)
        unsafe places = .allocate(capacity: max(steps.count, 1))
        unsafe engine.initialize(
            to: other.engine.pointee.moved(
                by: other.block.distance(to: block), historyBy: other.ring.distance(to: ring), steps: places))
    }

    deinit {
        unsafe engine.deallocate()
        unsafe places.deallocate()
    }

    /// The same state in memory of its own.
    func copy() -> SeriesState { SeriesState(copying: self) }

    /// Takes in the next value in the series' own units; the ring doubles up to `limit` values. Steps before the place
    /// `first` do not learn from it.
    @inline(__always)
    func learn(_ value: Double, limit: Int, from first: Int = 0) {
        if unsafe engine.pointee.shared.history.count == ring.count, ring.count < limit { grow() }
        unsafe engine.pointee.learn(engine.pointee.shared.scale.standardised(value), from: first)
    }

    private func grow() {
        let larger = StateBlock(floats: 2 * ring.count)
        unsafe engine.pointee.grow(into: larger.cells(larger.count))
        ring = larger
    }

    /// The state of a step.
    subscript(stepIndex: Int) -> StepEngine {
        @inline(__always) _read { yield unsafe engine.pointee[stepIndex] }
    }

    var scale: SeriesScale { unsafe engine.pointee.shared.scale }

    /// The values on the standardised scale. A view: it does not outlive the state, nor the next value.
    var history: ValueHistory { unsafe engine.pointee.shared.history }

    /// Puts another forecast of the first step, with its interval, in the place of the one just made.
    func replaceForecast(_ value: Float) { unsafe engine.pointee.replaceForecast(value) }

    /// The last value on the standardised scale.
    var latest: Float { unsafe engine.pointee.shared.history[engine.pointee.shared.history.count - 1] }

    /// How many values the models have learned.
    var count: Int { unsafe engine.pointee.shared.history.count }

    /// The last values held, at most `most`, in the series' own units.
    func values(last most: Int) -> [Double] {
        let history = unsafe engine.pointee.shared.history
        let scale = scale
        let first = max(history.oldest, history.count - most)
        return (first..<history.count).map { scale.value(history[$0]) }
    }

    /// The memory held, in bytes.
    var bytes: Int {
        4 * (block.count + ring.count) + MemoryLayout<SeriesEngine>.stride
            + steps.count * MemoryLayout<StepEngine>.stride + (neural?.bytes ?? 0)
    }
}
