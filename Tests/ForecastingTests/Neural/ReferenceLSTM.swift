import Foundation

@testable import Forecasting

/// The same network written plainly, in double precision, over parameters in PyTorch's order.
struct ReferenceLSTM {
    let shape: LSTMShape
    var parameters: [Double]

    /// The outputs of a window, step by step, from a given state.
    func outputs(_ window: LSTMWindow, hidden: [Double], memory: [Double]) -> [[Double]] {
        var hidden = hidden
        var memory = memory
        return (0..<window.steps).map { step in
            let x = (0..<shape.inputs).map { Double(window.inputs(at: step)[$0]) }
            let sums = (0..<shape.gates).map { row in
                var sum = parameters[shape.inputBias + row] + parameters[shape.hiddenBias + row]
                for (column, value) in x.enumerated() { sum += parameters[row * shape.inputs + column] * value }
                for (column, value) in hidden.enumerated() {
                    sum += parameters[shape.hiddenWeights + row * shape.hidden + column] * value
                }
                return sum
            }
            for unit in 0..<shape.hidden {
                let gate = (0..<4).map { sums[$0 * shape.hidden + unit] }
                memory[unit] = sigmoid(gate[1]) * memory[unit] + sigmoid(gate[0]) * tanh(gate[2])
                hidden[unit] = sigmoid(gate[3]) * tanh(memory[unit])
            }
            return (0..<shape.outputs).map { output in
                hidden.enumerated().reduce(parameters[shape.headBias + output]) {
                    $0 + $1.element * parameters[shape.headWeights + output * shape.hidden + $1.offset]
                }
            }
        }
    }

    /// The mean smooth absolute error over the judged steps.
    func loss(_ window: LSTMWindow, hidden: [Double], memory: [Double]) -> Double {
        let said = outputs(window, hidden: hidden, memory: memory)
        var sum = 0.0
        for step in window.warmUp..<window.steps {
            for output in 0..<shape.outputs {
                let size = abs(said[step][output] - Double(window.targets[step * shape.outputs + output]))
                sum += size < 1 ? 0.5 * size * size : size - 0.5
            }
        }
        return sum / Double((window.steps - window.warmUp) * shape.outputs)
    }

    private func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
}

/// A network, a window and a starting state full of numbers from a seed.
struct RandomLSTM {
    let network: LSTMNetwork
    let window: LSTMWindow
    let hidden: [Float]
    let memory: [Float]

    init(shape: LSTMShape, steps: Int, warmUp: Int, seed: UInt64) {
        var noise = Noise(seed: seed)
        func number(_ scale: Double) -> Float { Float(scale * noise.normal()) }
        network = LSTMNetwork(shape: shape, parameters: (0..<shape.parameterCount).map { _ in number(0.3) })
        window = LSTMWindow(shape: shape, steps: steps, warmUp: warmUp)
        for index in 0..<window.inputs.count { window.inputs[index] = number(1) }
        for index in 0..<window.targets.count { window.targets[index] = number(1.5) }
        hidden = (0..<shape.hidden).map { _ in number(0.3) }
        memory = (0..<shape.hidden).map { _ in number(0.6) }
    }

    /// A tape that begins with the starting state.
    func tape() -> LSTMTape {
        let tape = LSTMTape(shape: network.shape, steps: window.steps)
        for unit in 0..<network.shape.hidden {
            tape.start.hidden[unit] = hidden[unit]
            tape.start.memory[unit] = memory[unit]
        }
        return tape
    }
}
