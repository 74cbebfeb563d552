import Testing

@testable import Forecasting

@Suite("Recurrent network")
struct LSTMNetworkTests {
    @Test("A snapshot brings back the same bits", arguments: [4, 16, 24])
    func snapshot(hidden: Int) {
        let shape = LSTMShape(inputs: 8, hidden: hidden, outputs: 3)
        let made = RandomLSTM(shape: shape, steps: 1, warmUp: 0, seed: 3)
        let parameters = made.network.parameters
        let restored = LSTMNetwork(shape: shape, parameters: parameters)
        #expect(restored.parameters.map(\.bitPattern) == parameters.map(\.bitPattern))
        for index in 0..<shape.parameterCount {
            #expect(restored.cells[index].bitPattern == made.network.cells[index].bitPattern)
        }
        #expect(Set((0..<shape.parameterCount).map(shape.place(inSnapshot:))).count == shape.parameterCount)
    }

    @Test("A copy is not changed with the original")
    func copy() {
        let network = LSTMNetwork(shape: LSTMShape(inputs: 4, hidden: 4, outputs: 1), seed: 1)
        let before = network.parameters
        let copy = network.copy()
        copy.cells.fill(7)
        #expect(network.parameters == before)
    }

    @Test("An untrained network says nothing, and its seed makes it")
    func untrained() {
        let shape = LSTMShape(inputs: 8, hidden: 8, outputs: 1)
        let window = LSTMWindow(shape: shape, steps: 5)
        for index in 0..<window.inputs.count { window.inputs[index] = Float(index % 7) - 3 }
        let network = LSTMNetwork(shape: shape, seed: 5)
        let tape = LSTMTape(shape: shape, steps: 5)
        _ = tape.add(window, of: network, share: 1)
        for step in 0..<5 { #expect(tape.outputs[step] == 0) }
        #expect(network.parameters == LSTMNetwork(shape: shape, seed: 5).parameters)
        #expect(network.parameters != LSTMNetwork(shape: shape, seed: 6).parameters)
    }
}
