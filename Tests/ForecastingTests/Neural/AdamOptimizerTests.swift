import Testing

@testable import Forecasting

@Suite("Adam")
struct AdamOptimizerTests {
    private let shape = LSTMShape(inputs: 4, hidden: 4, outputs: 1)

    @Test("The first update moves every parameter by the rate, against its gradient")
    func first() {
        let network = LSTMNetwork(shape: shape)
        let gradient = LSTMNetwork(shape: shape)
        for index in 0..<shape.parameterCount { gradient.cells[index] = index % 2 == 0 ? 0.01 : -0.5 }
        let optimizer = AdamOptimizer(parameterCount: shape.parameterCount)
        optimizer.update(network, gradient: gradient, rate: 0.1, maxNorm: 1000)
        for index in 0..<shape.parameterCount {
            #expect(abs(network.cells[index] - (index % 2 == 0 ? -0.1 : 0.1)) < 1e-5)
        }
    }

    @Test("A long gradient counts as one of the greatest length")
    func clipping() {
        let gradient = LSTMNetwork(shape: shape)
        gradient.cells.fill(100)
        let long = AdamOptimizer(parameterCount: shape.parameterCount)
        let norm = long.update(LSTMNetwork(shape: shape), gradient: gradient, rate: 0.1, maxNorm: 1)
        #expect(abs(norm - 100 * Float(shape.parameterCount).squareRoot()) < 0.1)
        let network = LSTMNetwork(shape: shape)
        gradient.cells.fill(0)
        long.update(network, gradient: gradient, rate: 0.1, maxNorm: 1)
        // m = .09 g and v = .000999 g² by now, g the shortened gradient: its length cancels.
        #expect(abs(network.cells[0] + 0.1 / 0.19 * 0.09 / (0.000999 / 0.001999).squareRoot()) < 1e-4)
    }

    @Test("A gradient that is not finite moves nothing", arguments: [Float.nan, .infinity])
    func broken(value: Float) {
        let network = LSTMNetwork(shape: shape, seed: 1)
        let before = network.parameters
        let gradient = LSTMNetwork(shape: shape)
        gradient.cells[3] = value
        let optimizer = AdamOptimizer(parameterCount: shape.parameterCount)
        optimizer.update(network, gradient: gradient, rate: 0.1, maxNorm: 1)
        #expect(network.parameters == before)
        #expect(optimizer.updates == 0)
    }
}
