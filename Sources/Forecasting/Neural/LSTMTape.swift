/// Truncated back-propagation through time: the loss of a window and its exact gradient by all parameters.
///
///     loss = Σ ρ(y(t) − target(t)) / (judged steps · outputs · windows)        ρ(e) = ½e² within ±1, |e| − ½ beyond
///
/// The window is the truncation: the state it begins with is a constant. The loss is PyTorch's `smooth_l1_loss`; what is
/// judged later is an absolute error, and one outlier shall not decide a batch.
///
/// ```swift
/// let tape = LSTMTape(shape: network.shape, steps: 40)
/// let loss = tape.add(window, of: network, share: 1 / 8)      // tape.gradient grows
/// ```
///
/// Holds everything it needs from the start; cost per step at 8 inputs and 16 units 0.4 µs, forward and back.
/// Source: Williams and Peng, "An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network
/// Trajectories", Neural Computation 2(4), 1990.
final class LSTMTape {
    let shape: LSTMShape
    let steps: Int
    /// The sum of the gradients added since it was last cleared.
    let gradient: LSTMNetwork
    /// The outputs of the last window, steps × O.
    let outputs: Cells
    /// The state the next windows begin with; zero unless it is filled.
    let start: LSTMState
    private let hidden: Cells
    private let memory: Cells
    private let traces: Cells
    private let deltas: Cells
    private let change: LSTMState
    private let block: StateBlock

    init(shape: LSTMShape, steps: Int) {
        self.shape = shape
        self.steps = steps
        gradient = LSTMNetwork(shape: shape)
        let width = shape.hidden
        let sizes = [(steps + 1) * width, (steps + 1) * width, 5 * steps * width, 4 * steps * width]
        let others = [steps * shape.outputs, 2 * width]
        block = StateBlock(floats: (sizes + others).reduce(0) { $0 + StateBlock.rounded($1) })
        hidden = block.cells(sizes[0])
        memory = block.cells(sizes[1])
        traces = block.cells(sizes[2])
        deltas = block.cells(sizes[3])
        outputs = block.cells(others[0])
        change = LSTMState(block.cells(others[1]), hidden: width)
        start = LSTMState(
            hidden: hidden.part(from: 0, count: width), memory: memory.part(from: 0, count: width))
    }

    /// Forgets the gradient.
    func clear() { gradient.cells.fill(0) }

    /// Runs the network over a window, adds the gradient of `share` times its loss, and returns that part of the loss.
    func add(_ window: LSTMWindow, of network: LSTMNetwork, share: Float) -> Float {
        precondition(window.shape == shape && network.shape == shape, "window, network and tape have one shape")
        precondition(window.steps <= steps, "a window fits on its tape")
        forward(window, of: network)
        let scale = share / Float((window.steps - window.warmUp) * shape.outputs)
        change.clear()
        var loss: Float = 0
        for step in stride(from: window.steps - 1, through: 0, by: -1) {
            if step >= window.warmUp {
                for output in 0..<shape.outputs {
                    let place = step &* shape.outputs &+ output
                    let error = outputs[place] - window.targets[place]
                    let size = abs(error)
                    loss += scale * (size < 1 ? 0.5 * error * error : size - 0.5)
                    network.head.back(
                        scale * min(max(error, -1), 1), output: output, hidden: state(step &+ 1).hidden,
                        hiddenChange: change.hidden, gradient: gradient.head)
                }
            }
            network.cell.stepBack(change, memory: state(step).memory, trace: trace(step), delta: delta(step))
        }
        gradient.cell.add(deltas: deltas, inputs: window.inputs, hidden: hidden, steps: window.steps)
        return loss
    }

    private func forward(_ window: LSTMWindow, of network: LSTMNetwork) {
        for step in 0..<window.steps {
            network.step(
                window.inputs(at: step), before: state(step), after: state(step &+ 1), trace: trace(step),
                outputs: outputs.part(from: step &* shape.outputs, count: shape.outputs))
        }
    }

    /// The state before a step.
    @inline(__always)
    private func state(_ step: Int) -> LSTMState {
        let width = shape.hidden
        return LSTMState(
            hidden: hidden.part(from: step &* width, count: width),
            memory: memory.part(from: step &* width, count: width))
    }

    @inline(__always)
    private func trace(_ step: Int) -> Cells {
        traces.part(from: 5 &* step &* shape.hidden, count: 5 &* shape.hidden)
    }

    @inline(__always)
    private func delta(_ step: Int) -> Cells { deltas.part(from: step &* shape.gates, count: shape.gates) }
}
