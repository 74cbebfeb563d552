import Testing

@testable import Forecasting

@Suite("Forecaster snapshots") struct ForecasterSnapshotTests {
    /// Values with a season, jumps, ties and repeats; constant in one of five cases.
    private func values(_ count: Int, seed: UInt64) -> [Double] {
        var noise = Noise(seed: seed)
        let scale = [1, 1e-9, 1e12, 0.25, 1][Int(seed % 5)]
        if seed % 5 == 4 { return (0..<count).map { $0 > count / 2 && $0 % 37 == 0 ? 1 : 0 } }
        return dailyValues(count, season: [24, 12, 7][Int(seed % 3)], noise: 3, seed: seed).map { value in
            let jump = noise.uniform() < 0.01 ? 1_000.0 : 0
            return (seed % 2 == 0 ? value : value.rounded()) * scale + jump
        }
    }

    private func configuration(_ seed: UInt64) -> ForecastConfiguration {
        ForecastConfiguration(
            historyLimit: [256, 4096, 1024][Int(seed / 3 % 3)], tier: ForecastConfiguration.Tier.allCases[Int(seed % 3)]
        )
    }

    private func expectSame(_ one: NumericForecaster, _ other: NumericForecaster) {
        for index in one.steps.indices {
            #expect(one.forecast(stepIndex: index) == other.forecast(stepIndex: index))
            for k in 0..<32 {
                #expect(
                    one.residualSample(stepIndex: index, k).bitPattern
                        == other.residualSample(stepIndex: index, k).bitPattern)
            }
            #expect(
                one.probability(within: 1.5, stepIndex: index) == other.probability(within: 1.5, stepIndex: index))
        }
    }

    @Test(
        "a restored numeric forecaster forecasts the same to the bit, now and ever after",
        arguments: 0..<12 as Range<UInt64>)
    func numeric(seed: UInt64) throws {
        var noise = Noise(seed: seed &+ 1_000)
        let steps = [[1], [1, 12], [1, 2, 3, 4, 60], [2, 24]][Int(seed % 4)]
        let all = values(seed % 4 == 2 ? 300 : 700, seed: seed)
        let configuration = configuration(seed)
        var plain = NumericForecaster(steps: steps, configuration: configuration)
        var restored = plain
        var due: (result: TrainingResult, at: Int)?
        for (index, value) in all.enumerated() {
            plain.learn(value)
            restored.learn(value)
            if let job = plain.trainingJob(stepMicroseconds: nil) { due = (job.run(), plain.count + job.delay) }
            if let ready = due, ready.at == plain.count {
                plain.apply(ready.result)
                restored.apply(ready.result)
                due = nil
            }
            if index < 12 || noise.uniform() < 0.02 {
                let bytes = restored.snapshot()
                restored = try NumericForecaster(snapshot: bytes, steps: steps, configuration: configuration)
                #expect(restored.snapshot() == bytes)
                expectSame(plain, restored)
            }
        }
        expectSame(plain, restored)
        restored.setSteps([3, 5])
        plain.setSteps([3, 5])
        expectSame(plain, restored)
    }

    @Test("a restored arrival forecaster forecasts the same to the bit", arguments: 0..<12 as Range<UInt64>)
    func arrival(seed: UInt64) throws {
        var noise = Noise(seed: seed)
        let steps = [[1], [1, 2, 12], [5, 300]][Int(seed % 3)]
        var plain = ArrivalForecaster(steps: steps)
        var restored = plain
        for index in 0..<1_000 {
            let irregular = seed % 4 == 0 ? 0 : seed % 4 == 1 ? noise.exponential() * 1e6 : noise.normal() * 1e4
            let isBurst = seed % 4 == 3 && index / 200 % 2 == 1
            let gap = Int64(max(isBurst ? noise.exponential() * 1_000 : 5e6 + irregular, 0))
            plain.learn(gapMicroseconds: gap)
            restored.learn(gapMicroseconds: gap)
            if index < 60 || noise.uniform() < 0.02 {
                let bytes = restored.snapshot()
                restored = try ArrivalForecaster(snapshot: bytes, steps: steps)
                #expect(restored.snapshot() == bytes)
            }
            for place in steps.indices {
                #expect(plain.forecast(stepIndex: place) == restored.forecast(stepIndex: place))
                #expect(plain.quantiles(of: place) == restored.quantiles(of: place))
            }
        }
    }

    @Test("a restored context model forecasts the same to the bit")
    func contexts() throws {
        var noise = Noise(seed: 5)
        var plain = ContextModel(steps: [1, 3], bytes: 16 << 10)
        var restored = plain
        var history = ContextHistory()
        for index in 0..<1_500 {
            let symbol = Int32(noise.uniform() < 0.7 ? index % 5 : Int(noise.uniform() * 40))
            plain.learn(history, symbol)
            restored.learn(history, symbol)
            history.append(symbol)
            for step in 0..<2 {
                #expect(plain.predict(history, stepIndex: step) == restored.predict(history, stepIndex: step))
            }
            if index % 97 == 0 {
                let bytes = restored.snapshot()
                restored = try ContextModel(snapshot: bytes, steps: [1, 3], bytes: 16 << 10)
                #expect(restored.snapshot() == bytes)
            }
        }
    }
}
