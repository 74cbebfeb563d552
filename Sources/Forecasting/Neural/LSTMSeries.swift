/// What one series keeps of the global network: its state, 2H floats, its usual change and its blend.
///
///     ŷ(t+1) = y(t) + d · network(features(t), state)        d ← d + max(1/n, .01) (|Δy| − d)
///
/// ```swift
/// let worth = series.judge(value)                    // before the history has the value
/// history.append(value)
/// series.learn(history: history, network: global.network)
/// let forecast = series.blend.mixed(mix, own: series.forecast)
/// ```
///
/// Everything is on the standardised scale. Cost per value: the features and one step of the network, 0.21 µs at 16 hidden units; no
/// allocation. An untrained network says the last value.
struct LSTMSeries {
    private(set) var features: LSTMFeatures
    private var state: LSTMState
    private var next: LSTMState
    private var inputs: Cells
    private var trace: Cells
    private var outputs: Cells
    private(set) var unit: Float = 0
    /// How many values were learned.
    private(set) var count = 0
    /// The next value as the network alone expects it.
    private(set) var forecast: Float = 0
    var blend = LSTMBlend()

    private static let leastUnit: Float = 1e-3

    /// The room the series needs in its block: 2H floats of state and 6H + 12 of scratch.
    static func cellCount(hidden: Int) -> Int { StateBlock.rounded(8 * hidden + LSTMFeatures.count + 4) }

    init(season: Int, phaseShift: Int = 0, hidden: Int, cells: Cells) {
        features = LSTMFeatures(season: season, phaseShift: phaseShift)
        state = LSTMState(cells, hidden: hidden)
        next = LSTMState(hidden: cells.part(from: 2 * hidden, count: hidden), memory: state.memory)
        trace = cells.part(from: 3 * hidden, count: 5 * hidden)
        inputs = cells.part(from: 8 * hidden, count: LSTMFeatures.count)
        outputs = cells.part(from: 8 * hidden + LSTMFeatures.count, count: 1)
    }

    /// Takes in the last value of the history.
    @inline(__always)
    mutating func learn(history: ValueHistory, network: LSTMNetwork) {
        learn(at: history.count &- 1, history: history, network: network)
    }

    /// Takes in the value at a position of the history, the one after that of the last call; what comes later is not
    /// looked at.
    @inline(__always)
    mutating func learn(at position: Int, history: ValueHistory, network: LSTMNetwork) {
        let now = history[position]
        let change = abs(now - history.value(at: position &- 1, missing: now))
        count &+= 1
        if count > 1 {
            // One jump does not make the unit useless for long.
            let bounded = count > 20 ? min(change, 8 * unit + LSTMSeries.leastUnit) : change
            unit += max(1 / Float(count &- 1), 0.01) * (bounded - unit)
        }
        let unit = max(unit, LSTMSeries.leastUnit)
        features.gather(at: position, history: history, unit: unit, into: inputs)
        network.step(inputs, before: state, after: next, trace: trace, outputs: outputs)
        for four in 0..<(next.hidden.count / 4) { state.hidden[four: four] = next.hidden[four: four] }
        forecast = now + unit * LSTMFeatures.bounded(outputs[0])
    }

    /// Scores what was said of `value`; nil before anything was said. The errors are in units of the usual change.
    @inline(__always)
    mutating func judge(_ value: Float) -> LSTMBlend.Errors? {
        count > 0 ? blend.learn(value, unit: max(unit, LSTMSeries.leastUnit)) : nil
    }

    /// The last values of the history as a window to train on, or nil where they are too few.
    func window(history: ValueHistory, configuration: LSTMConfiguration, isMiss: Bool) -> LSTMWindow? {
        let steps = configuration.warmUpSteps + configuration.windowSteps
        let first = history.count - 1 - steps
        guard first - LSTMFeatures.reach >= history.oldest, unit > 0 else { return nil }
        let window = LSTMWindow(
            shape: configuration.shape, steps: steps, warmUp: configuration.warmUpSteps,
            weight: isMiss ? configuration.missWeight : 1)
        let unit = max(unit, LSTMSeries.leastUnit)
        for step in 0..<steps {
            features.gather(at: first + step, history: history, unit: unit, into: window.inputs(at: step))
            window.targets[step] = features.target(at: first + step, history: history, unit: unit)
        }
        return window
    }

    /// Points the series at the same place of a copied block.
    mutating func move(by floats: Int) {
        state.move(by: floats)
        next.move(by: floats)
        inputs.move(by: floats)
        trace.move(by: floats)
        outputs.move(by: floats)
    }
}

extension LSTMSeries {
    /// Writes what lies outside the block, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&unit)
        try coder.check(unit >= 0, "a usual change of \(unit)")
        try coder.pass(&count)
        try coder.pass(&forecast)
        try blend.pass(through: &coder)
    }
}
