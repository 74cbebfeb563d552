import Testing

@testable import Forecasting

@Suite("Intervals")
struct IntervalTests {
    @Test("Nine in ten values fall between the bounds", arguments: [1, 12, 96])
    func coverage(step: Int) {
        let block = StateBlock(floats: 1024)
        var tracker = IntervalTracker(step: step, cells: block.cells(IntervalTracker.cellCount(step: step)))
        var noise = Noise(seed: 21)
        var inside = 0
        for index in 0..<6000 {
            let part = index % 24
            let unit = tracker.size(part: part)
            let low = tracker.low * unit
            let high = tracker.high * unit
            let residual = Float(noise.normal()) * (part < 12 ? 1 : 4)
            if index >= 1000, low <= residual, residual <= high { inside += 1 }
            tracker.learn(residual: residual, unit: unit, low: low, high: high, part: part)
        }
        let share = Double(inside) / 5000
        #expect(step > 48 ? share > 0.88 && share < 0.97 : share > 0.88 && share < 0.92)
        withExtendedLifetime(block) {}
    }

    @Test("A tolerance is met as often as stated", arguments: [0.1, 0.5, 1, 2] as [Float])
    func distribution(tolerance: Float) {
        let block = StateBlock(floats: 32)
        var distribution = ResidualDistribution(cells: block.cells(ResidualDistribution.cellCount))
        var noise = Noise(seed: 22)
        var met = 0.0
        var stated = 0.0
        for index in 0..<4000 {
            let ratio = Float(abs(noise.normal()))
            if index >= 500 {
                stated += Double(distribution.probability(within: tolerance))
                if ratio <= tolerance { met += 1 }
            }
            distribution.learn(ratio)
        }
        #expect(abs(met - stated) / 3500 < 0.02)
        withExtendedLifetime(block) {}
    }

    @Test("The probability rises with the tolerance")
    func monotone() {
        let block = StateBlock(floats: 32)
        var distribution = ResidualDistribution(cells: block.cells(ResidualDistribution.cellCount))
        for index in 0..<100 { distribution.learn(Float(index % 10) / 4) }
        var last: Float = 0
        for index in 0..<2000 {
            let probability = distribution.probability(within: Float(index) / 100)
            #expect(probability >= last && probability <= 1)
            last = probability
        }
        withExtendedLifetime(block) {}
    }
}
