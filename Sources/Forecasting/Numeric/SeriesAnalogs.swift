/// The analogs of a series: one window, two memories, and the mix's past forecasts at each step.
struct SeriesAnalogs {
    let models: ForecastModels
    private(set) var window: AnalogWindow
    private(set) var short: AnalogMemory
    private(set) var long: AnalogMemory
    private var mixChanges: Cells
    private let stepCount: Int

    /// The room the analogs need in their block.
    static func cellCount(capacity: Int, stepCount: Int, models: ForecastModels) -> Int {
        if capacity == 0 { return 0 }
        let memory = AnalogMemory.cellCount(capacity: capacity)
        return AnalogWindow.cellCount(capacity: capacity) + (models.contains(.shortAnalogs) ? memory : 0)
            + (models.contains(.longAnalogs) ? memory : 0)
            + stepCount * StateBlock.rounded(AnalogWindow.bufferCount(capacity: capacity))
    }

    init(capacity: Int, season: Int, stepCount: Int, models: ForecastModels, block: StateBlock) {
        self.models = models
        self.stepCount = stepCount
        window = AnalogWindow(
            capacity: capacity, cells: block.cells(AnalogWindow.cellCount(capacity: capacity)))
        let room = AnalogMemory.cellCount(capacity: capacity)
        short = AnalogMemory(
            .short, capacity: capacity, season: season,
            cells: block.cells(models.contains(.shortAnalogs) ? room : 0))
        long = AnalogMemory(
            .long, capacity: capacity, season: season, cells: block.cells(models.contains(.longAnalogs) ? room : 0))
        mixChanges = block.cells(stepCount * StateBlock.rounded(AnalogWindow.bufferCount(capacity: capacity)))
    }

    /// Takes in the next value and finds what resembles the present.
    @inline(__always)
    mutating func learn(_ value: Float, history: ValueHistory, needsShort: Bool, needsLong: Bool) {
        if window.isFull {
            if models.contains(.shortAnalogs) { short.moveBack(in: window) }
            if models.contains(.longAnalogs) { long.moveBack(in: window) }
            for step in 0..<stepCount { window.moveBack(mixChanges(step)) }
        }
        window.advance(change: window.count == 0 ? 0 : value - history[history.count &- 1])
        if models.contains(.shortAnalogs) { short.learn(value, window: window, history: history, isNeeded: needsShort) }
        if models.contains(.longAnalogs) { long.learn(value, window: window, history: history, isNeeded: needsLong) }
    }

    /// Notes that the mixes of the first steps say nothing of the present.
    @inline(__always)
    func skipMix(below first: Int) {
        for step in 0..<first { mixChanges(step)[window.head] = 0 }
    }

    /// The mix's forecasts at a step minus the values they were made at.
    @inline(__always)
    func mixChanges(_ stepIndex: Int) -> Cells {
        let count = StateBlock.rounded(AnalogWindow.bufferCount(capacity: window.capacity))
        return mixChanges.part(from: stepIndex &* count, count: count)
    }

    /// Points all parts at the same place of a copied block.
    mutating func move(by floats: Int) {
        window.move(by: floats)
        short.move(by: floats)
        long.move(by: floats)
        mixChanges.move(by: floats)
    }
}

extension SeriesAnalogs {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder, history: ValueHistory) throws(SnapshotError) {
        try window.pass(through: &coder)
        try coder.check(window.count == history.count, "a window and its history differ in length")
        try coder.check(window.held <= history.capacity, "a window is longer than its history")
        try short.pass(through: &coder, held: window.held)
        try long.pass(through: &coder, held: window.held)
    }
}
