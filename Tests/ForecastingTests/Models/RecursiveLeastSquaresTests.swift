import Testing

@testable import Forecasting

@Suite("Recursive least squares")
struct RecursiveLeastSquaresTests {
    private func model(_ features: Int, forgetting: Float = 0.9995, clip: Float = 100) -> (
        RecursiveLeastSquares, StateBlock, Cells
    ) {
        let block = StateBlock(floats: 4096)
        let inputs = block.cells((features + 3) / 4 * 4)
        let room = block.cells(RecursiveLeastSquares.cellCount(features: features))
        let made = RecursiveLeastSquares(
            features: features, forgetting: forgetting, clip: clip, cells: room, image: block.cells(36))
        return (made, block, inputs)
    }

    @Test("The coefficients of an autoregression are recovered")
    func autoregression() {
        var (model, block, inputs) = model(3)
        var noise = Noise(seed: 11)
        var last: Float = 0
        var before: Float = 0
        for _ in 0..<8000 {
            inputs[0] = 1
            inputs[1] = last
            inputs[2] = before
            let value = 0.5 + 0.6 * last - 0.3 * before + Float(noise.normal())
            model.learn(inputs, target: value)
            before = last
            last = value
        }
        var found: [Float] = []
        for feature in 0..<3 {
            for index in 0..<4 { inputs[index] = index == feature ? 1 : 0 }
            found.append(model.predict(inputs))
        }
        #expect(abs(found[0] - 0.5) < 0.1)
        #expect(abs(found[1] - 0.6) < 0.05)
        #expect(abs(found[2] + 0.3) < 0.05)
        withExtendedLifetime(block) {}
    }

    @Test("Packed blocks compute what the full matrix computes", arguments: [5, 12, 16, 24, 34])
    func fullMatrix(features: Int) {
        var (packed, block, inputs) = model(features, forgetting: 0.99)
        var weights = [Double](repeating: 0, count: features)
        var matrix = (0..<features).map { row in (0..<features).map { $0 == row ? 1.0 : 0 } }
        var noise = Noise(seed: 2)
        for _ in 0..<60 {
            let x = (0..<features).map { _ in noise.normal() }
            for index in 0..<features { inputs[index] = Float(x[index]) }
            let target = x[0] - 2 * x[features - 1] + 0.1 * noise.normal()
            packed.learn(inputs, target: Float(target))
            let image = matrix.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } }
            let gain = 1 / (0.99 + zip(image, x).reduce(0) { $0 + $1.0 * $1.1 })
            let error = target - zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 }
            for row in 0..<features {
                weights[row] += image[row] * gain * error
                for column in 0..<features {
                    matrix[row][column] = (matrix[row][column] - image[row] * image[column] * gain) / 0.99
                }
            }
        }
        let x = (0..<features).map { _ in noise.normal() }
        for index in 0..<features { inputs[index] = Float(x[index]) }
        let expected = zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(Double(packed.predict(inputs)) - expected) < 1e-2 * max(1, abs(expected)))
        withExtendedLifetime(block) {}
    }

    @Test("A hundred thousand collinear inputs leave it finite and right")
    func collinear() {
        var (model, block, inputs) = model(16, forgetting: 0.998)
        var noise = Noise(seed: 4)
        for _ in 0..<100_000 {
            let value = Float(noise.normal())
            for index in 0..<16 { inputs[index] = index == 0 ? 1 : value }
            model.learn(inputs, target: 3 * value + 1)
        }
        for index in 0..<16 { inputs[index] = index == 0 ? 1 : 0.5 }
        #expect(abs(model.predict(inputs) - 2.5) < 0.05)
        withExtendedLifetime(block) {}
    }
}
