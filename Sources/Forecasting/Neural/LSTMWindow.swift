/// A stretch of one series to train on: what the network sees at each step and what it should say.
///
/// Shapes: `inputs` steps × I, `targets` steps × O, one step behind the other. The first `warmUp` steps only bring the
/// state into being; their outputs are not judged. Not changed once it is shared.
final class LSTMWindow: @unchecked Sendable {
    let shape: LSTMShape
    let steps: Int
    let warmUp: Int
    /// How much likelier than another the window is to be drawn.
    let weight: Float
    let inputs: Cells
    let targets: Cells
    private let block: StateBlock

    /// A window of zeroes, to be filled in.
    init(shape: LSTMShape, steps: Int, warmUp: Int = 0, weight: Float = 1) {
        precondition(steps > warmUp && warmUp >= 0, "a window has steps that are judged")
        self.shape = shape
        self.steps = steps
        self.warmUp = warmUp
        self.weight = weight
        let room = StateBlock.rounded(steps * shape.inputs)
        block = StateBlock(floats: room + steps * shape.outputs)
        inputs = block.cells(steps * shape.inputs)
        targets = block.cells(steps * shape.outputs)
    }

    /// What the network sees at a step.
    @inline(__always)
    func inputs(at step: Int) -> Cells { inputs.part(from: step &* shape.inputs, count: shape.inputs) }
}

extension LSTMWindow {
    /// Writes a window, or reads one of a configuration that both sides know.
    static func passed(
        _ window: LSTMWindow?, configuration: LSTMConfiguration, through coder: inout SnapshotCoder
    ) throws(SnapshotError) -> LSTMWindow {
        var weight = window?.weight ?? 1
        try coder.pass(&weight)
        try coder.check(weight > 0, "a window of weight \(weight)")
        let window =
            window
            ?? LSTMWindow(
                shape: configuration.shape, steps: configuration.warmUpSteps + configuration.windowSteps,
                warmUp: configuration.warmUpSteps, weight: weight)
        try coder.pass(finite: window.inputs)
        try coder.pass(finite: window.targets)
        return window
    }
}
