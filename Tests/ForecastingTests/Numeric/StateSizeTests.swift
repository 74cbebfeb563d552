import Testing

@testable import Forecasting

/// The formula of ``ForecastConfiguration/Tier``, worked out by itself and held against what forecasters hold.
@Suite("State of a series and field")
struct StateSizeTests {
    /// The bytes that the formula states, of a forecaster that has learned `count` values.
    private func stated(
        _ tier: ForecastConfiguration.Tier, season s: Int, steps: [Int], count: Int, analogs N: Int, limit r: Int
    ) -> Int {
        func up(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }
        var ring = 64
        while ring < count, ring < r { ring *= 2 }
        let isFew = steps.count <= 3 || tier == .full
        let w = s > 1 && 7 * s < r ? 7 * s : 0
        var floats = ring + 64 + up(s) + up(s + w) + (steps == [1] ? 112 : 224)
        for h in steps {
            let seasonal = tier == .full ? 1_200 : tier == .lite && s > 48 ? 432 : 832
            floats += s > 1 ? seasonal : tier == .full ? 288 : 176
            let m = isFew || h == 1 ? 3 : 1
            let b = s > 1 && h > 1 ? 4 : 0
            floats += 16 * m * (1 + b) + (tier == .lite ? 0 : s > 1 ? 144 : 16)
            floats += 16 + (h > 48 ? 576 : 112)
            floats += up((tier == .lite ? 24 : 28) * h)
        }
        if N > 0 { floats += (1 + steps.count) * (N + 272) + 432 + (isFew ? 2 : 1) * (3 * N + 992) }
        return 4 * floats + 896 + 1_104 * steps.count
    }

    @Test(
        "What a series with a season holds is what the formula says", arguments: ForecastConfiguration.Tier.allCases,
        [24, 48, 49, 96, 288])
    func seasons(tier: ForecastConfiguration.Tier, season: Int) {
        let configuration = ForecastConfiguration(tier: tier)
        let window = tier == .lite ? 0 : tier == .full ? 3_072 : 1_536
        var r = 512
        while r < max(14 * season + 64, window), r < 4_096 { r *= 2 }
        for steps in [[1], [12], [1, 12], [1, 12, season], Array(1...12), [2_016]] {
            let limit = configuration.ringLimit(season: season)
            let state = SeriesState(
                season: season, steps: steps, scale: SeriesScale(of: [1, 2, 3]), capacity: limit, limit: limit,
                configuration: configuration, analogWindow: configuration.analogWindow(count: 5_000))
            let bytes = MemoryLayout<NumericForecaster>.stride + state.bytes
            #expect(
                bytes == stated(tier, season: season, steps: steps, count: 5_000, analogs: window, limit: r),
                "steps \(steps)")
        }
    }

    @Test(
        "So is what a series without a season holds, from its second value on",
        arguments: ForecastConfiguration.Tier.allCases)
    func noSeason(tier: ForecastConfiguration.Tier) {
        var noise = Noise(seed: 32)
        let values = (0..<500).map { _ in noise.normal() }
        for steps in [[1], [1, 12]] {
            var forecaster = NumericForecaster(steps: steps, configuration: ForecastConfiguration(tier: tier))
            var waiting: [TrainingJob] = []
            for (index, value) in values.enumerated() {
                forecaster.learn(value)
                if let job = forecaster.trainingJob(stepMicroseconds: nil) { waiting.append(job) }
                while let place = waiting.firstIndex(where: { $0.cut + $0.delay <= forecaster.count }) {
                    forecaster.apply(waiting.remove(at: place).run())
                }
                let count = index + 1
                guard [2, 50, 100, 300, 500].contains(count) else { continue }
                // Jobs are cut at 128 and 384 values, their results applied a quarter later.
                let grown = count < 480 ? 512 : tier == .full ? 3_072 : 1_536
                let window = tier == .lite || count < 160 ? 0 : grown
                #expect(forecaster.season == nil)
                #expect(
                    forecaster.bytes
                        == stated(tier, season: 1, steps: steps, count: count, analogs: window, limit: 4_096),
                    "steps \(steps), \(count) values")
            }
        }
    }

    @Test("A series whose values never differed holds next to nothing")
    func constant() {
        var forecaster = NumericForecaster(steps: [1])
        for _ in 0..<50 { forecaster.learn(7) }
        #expect(forecaster.bytes == 64)
    }
}
