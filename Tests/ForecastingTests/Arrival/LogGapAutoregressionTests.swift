import Testing

@testable import Forecasting

@Suite("Autoregression of log gaps")
struct LogGapAutoregressionTests {
    /// Learns x ← .8 x + noise around 14; the mean loss of the model and of quantiles of the stationary distribution.
    private static func run(count: Int) -> (model: Float, fixed: Float, coverage: Double) {
        var model = LogGapAutoregression()
        var noise = Noise(seed: 31)
        var value: Float = 0
        // A deviation of .5 ÷ √(1 − .8²).
        let fixed = 14 + SIMD8<Float>(-1.645, -0.674, 0, 0.674, 1.645, 0, 0, 0) * 0.833
        var losses = SIMD2<Float>.zero
        var inside = 0.0
        for index in 0..<count {
            value = 0.8 * value + 0.5 * Float(noise.normal())
            let logGap = 14 + value
            if index >= count / 2 {
                let quantiles = model.quantiles()
                losses += SIMD2(
                    GapLevels.pinball(quantiles, actual: logGap), GapLevels.pinball(fixed, actual: logGap))
                if quantiles[0] <= logGap, logGap <= quantiles[4] { inside += 1 }
            }
            model.learn(logGap: logGap, part: index / 100 % 24, nextPart: (index + 1) / 100 % 24)
        }
        let judged = count - count / 2
        return (losses.x / Float(judged), losses.y / Float(judged), inside / Double(judged))
    }

    @Test("Gaps that follow each other are told better than by their distribution")
    func follows() {
        let result = Self.run(count: 4000)
        // The best possible is .6 of the fixed quantiles' loss.
        #expect(result.model / result.fixed < 0.66)
        #expect(result.coverage > 0.87 && result.coverage < 0.93)
    }

    @Test("Shares are the inverse of quantiles", arguments: [0.1, 0.5, 0.9] as [Float])
    func shares(level: Float) {
        var model = LogGapAutoregression()
        var noise = Noise(seed: 32)
        for _ in 0..<500 { model.learn(logGap: Float(noise.normal()), part: 0, nextPart: 0) }
        #expect(abs(model.share(upTo: model.quantile(level)) - level) < 0.02)
    }

    @Test("Equal gaps, and a jump of ten decades, do no harm")
    func extremes() {
        var model = LogGapAutoregression()
        for index in 0..<3000 { model.learn(logGap: index == 1500 ? 25 : 2, part: 0, nextPart: 0) }
        #expect(abs(model.quantile(0.5) - 2) < 0.1)
        #expect(model.quantile(0.95).isFinite)
    }

    @Test("The logarithm of eight lanes is close enough")
    func logarithms() {
        let values = SIMD8<Float>(1e-3, 0.5, 0.99, 1, 1.5, 1000, 123_456, 1e17)
        let results = GapLevels.logarithms(values)
        for lane in 0..<8 { #expect(abs(results[lane] - logarithm(values[lane])) < 2e-4) }
    }
}
