/// The windows a stream keeps to train on: bounded, the old ones leaving by lot.
///
/// A full reservoir replaces one drawn uniformly, so a window stays for `limit` additions on average, and the recent past
/// counts more than the distant. Deterministic from the seed.
struct LSTMReservoir: Sendable {
    let limit: Int
    private(set) var windows: [LSTMWindow] = []
    private var numbers: SeededNumbers

    init(limit: Int, seed: UInt64) {
        self.limit = max(limit, 1)
        numbers = SeededNumbers(seed: seed)
    }

    /// Keeps a window.
    mutating func add(_ window: LSTMWindow) {
        if windows.count < limit {
            windows.append(window)
        } else {
            windows[numbers.index(below: limit)] = window
        }
    }

    /// One of the windows, by weight; the greatest weight is known.
    static func draw(_ windows: [LSTMWindow], greatest: Float, numbers: inout SeededNumbers) -> LSTMWindow {
        for _ in 0..<64 {
            let window = windows[numbers.index(below: windows.count)]
            if numbers.uniform() * greatest < window.weight { return window }
        }
        return windows[numbers.index(below: windows.count)]
    }
}

extension LSTMReservoir {
    /// Writes the windows, or reads them back.
    mutating func pass(
        through coder: inout SnapshotCoder, configuration: LSTMConfiguration
    ) throws(SnapshotError) {
        try numbers.pass(through: &coder)
        let bytes = 4 * (configuration.warmUpSteps + configuration.windowSteps) * configuration.shape.inputs
        let count = try coder.count(windows.count, upTo: limit, bytesEach: bytes)
        for place in 0..<count {
            let window = try LSTMWindow.passed(
                coder.isReading ? nil : windows[place], configuration: configuration, through: &coder)
            if coder.isReading { windows.append(window) }
        }
    }
}
