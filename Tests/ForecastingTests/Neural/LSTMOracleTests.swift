import Foundation
import Testing

@testable import Forecasting

/// Writes what the network computes as JSON, for `Tests/Oracles/lstm_torch.py` to compare with PyTorch. Runs only where
/// `FORETAIL_LSTM_ORACLE` names the file.
@Suite("Network against PyTorch", .enabled(if: ProcessInfo.processInfo.environment["FORETAIL_LSTM_ORACLE"] != nil))
struct LSTMOracleTests {
    private struct Case: Encodable {
        var name: String
        var inputs: Int
        var hidden: Int
        var outputs: Int
        var steps: Int
        var warmUp: Int
        var parameters: [Float]
        var window: [Float]
        var targets: [Float]
        var startHidden: [Float]
        var startMemory: [Float]
        var said: [Float]
        var endHidden: [Float]
        var endMemory: [Float]
        var loss: Float
        var gradient: [Float]
        var rate: Float
        var maxNorm: Float
        /// Per update: the gradient before it was shortened, its norm, the parameters after.
        var gradients: [[Float]]
        var norms: [Float]
        var updated: [[Float]]
    }

    @Test("Weights, outputs, gradients and updates are written down")
    func write() throws {
        let path = try #require(ProcessInfo.processInfo.environment["FORETAIL_LSTM_ORACLE"])
        let shapes = [(4, 4, 1, 3), (8, 16, 1, 40), (8, 16, 2, 32), (8, 24, 1, 40), (12, 20, 3, 17)]
        var cases: [Case] = []
        for (index, (inputs, hidden, outputs, steps)) in shapes.enumerated() {
            for scale in [Float(1), 5] {
                let shape = LSTMShape(inputs: inputs, hidden: hidden, outputs: outputs)
                let made = RandomLSTM(shape: shape, steps: steps, warmUp: steps / 5, seed: UInt64(index) + 30)
                for place in 0..<made.window.inputs.count { made.window.inputs[place] *= scale }
                cases.append(record(made, name: "\(inputs) inputs × \(scale), \(hidden) hidden, \(outputs) outputs"))
            }
        }
        try JSONEncoder().encode(cases).write(to: URL(fileURLWithPath: path))
    }

    private func record(_ made: RandomLSTM, name: String) -> Case {
        let shape = made.network.shape
        let network = made.network.copy()
        let tape = made.tape()
        let loss = tape.add(made.window, of: network, share: 1)
        let end = lastState(made)
        var found = Case(
            name: name, inputs: shape.inputs, hidden: shape.hidden, outputs: shape.outputs, steps: made.window.steps,
            warmUp: made.window.warmUp, parameters: network.parameters, window: floats(made.window.inputs),
            targets: floats(made.window.targets), startHidden: made.hidden, startMemory: made.memory,
            said: floats(tape.outputs), endHidden: end.hidden, endMemory: end.memory, loss: loss,
            gradient: tape.gradient.parameters, rate: 0.01, maxNorm: 0.5, gradients: [], norms: [], updated: [])
        let optimizer = AdamOptimizer(parameterCount: shape.parameterCount)
        for _ in 0..<10 {
            tape.clear()
            _ = tape.add(made.window, of: network, share: 1)
            found.gradients.append(tape.gradient.parameters)
            found.norms.append(
                optimizer.update(network, gradient: tape.gradient, rate: found.rate, maxNorm: found.maxNorm))
            found.updated.append(network.parameters)
        }
        return found
    }

    /// The state after the window, h then c, by single steps in place, as a series takes them.
    private func lastState(_ made: RandomLSTM) -> (hidden: [Float], memory: [Float]) {
        let shape = made.network.shape
        let width = shape.hidden
        let block = StateBlock(floats: 9 * width + 6 * StateBlock.alignment + shape.outputs)
        let state = LSTMState(block.cells(2 * width), hidden: width)
        let next = LSTMState(hidden: block.cells(width), memory: state.memory)
        let trace = block.cells(5 * width)
        let outputs = block.cells(shape.outputs)
        for unit in 0..<width {
            state.hidden[unit] = made.hidden[unit]
            state.memory[unit] = made.memory[unit]
        }
        for step in 0..<made.window.steps {
            made.network.step(made.window.inputs(at: step), before: state, after: next, trace: trace, outputs: outputs)
            for unit in 0..<width { state.hidden[unit] = next.hidden[unit] }
        }
        return withExtendedLifetime(block) { (floats(state.hidden), floats(state.memory)) }
    }

    private func floats(_ cells: Cells) -> [Float] { (0..<cells.count).map { cells[$0] } }
}
