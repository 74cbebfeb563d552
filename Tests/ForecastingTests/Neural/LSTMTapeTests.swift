import Testing

@testable import Forecasting

@Suite("Back-propagation through time")
struct LSTMTapeTests {
    static let shapes = [
        LSTMShape(inputs: 4, hidden: 4, outputs: 1), LSTMShape(inputs: 8, hidden: 16, outputs: 2),
        LSTMShape(inputs: 8, hidden: 12, outputs: 1),
    ]

    @Test("Outputs and loss are those of the equations in double precision", arguments: shapes)
    func outputs(shape: LSTMShape) {
        let made = RandomLSTM(shape: shape, steps: 12, warmUp: 3, seed: 9)
        let tape = made.tape()
        let loss = tape.add(made.window, of: made.network, share: 1)
        let plain = ReferenceLSTM(shape: shape, parameters: made.network.parameters.map(Double.init))
        let hidden = made.hidden.map(Double.init)
        let memory = made.memory.map(Double.init)
        let expected = plain.outputs(made.window, hidden: hidden, memory: memory).flatMap { $0 }
        for (index, value) in expected.enumerated() { #expect(abs(Double(tape.outputs[index]) - value) < 2e-6) }
        #expect(abs(Double(loss) - plain.loss(made.window, hidden: hidden, memory: memory)) < 2e-6)
    }

    @Test("The gradient is that of finite differences in double precision", arguments: shapes)
    func finiteDifferences(shape: LSTMShape) {
        let made = RandomLSTM(shape: shape, steps: 6, warmUp: 1, seed: 4)
        let tape = made.tape()
        _ = tape.add(made.window, of: made.network, share: 1)
        let gradient = tape.gradient.parameters
        var plain = ReferenceLSTM(shape: shape, parameters: made.network.parameters.map(Double.init))
        let hidden = made.hidden.map(Double.init)
        let memory = made.memory.map(Double.init)
        // Every parameter of the small network, a sample of the larger ones: a prime stride meets all parts.
        let stride = shape.parameterCount > 200 ? 23 : 1
        for index in Swift.stride(from: 0, to: shape.parameterCount, by: stride) {
            let value = plain.parameters[index]
            plain.parameters[index] = value + 1e-5
            let above = plain.loss(made.window, hidden: hidden, memory: memory)
            plain.parameters[index] = value - 1e-5
            let below = plain.loss(made.window, hidden: hidden, memory: memory)
            plain.parameters[index] = value
            #expect(abs(Double(gradient[index]) - (above - below) / 2e-5) < 1e-6)
        }
    }

    @Test("Gradients of windows add up, each by its share")
    func sum() {
        let made = RandomLSTM(shape: LSTMTapeTests.shapes[0], steps: 5, warmUp: 0, seed: 2)
        let once = made.tape()
        let twice = made.tape()
        let whole = once.add(made.window, of: made.network, share: 1)
        let half = twice.add(made.window, of: made.network, share: 0.5)
        #expect(abs(whole - 2 * half) < 1e-6)
        _ = twice.add(made.window, of: made.network, share: 0.5)
        for (a, b) in zip(once.gradient.parameters, twice.gradient.parameters) { #expect(abs(a - b) < 1e-6) }
        twice.clear()
        #expect(twice.gradient.parameters.allSatisfy { $0 == 0 })
    }
}
