import Testing

@testable import Forecasting

@Suite("Weights of the models")
struct ModelWeightTests {
    private static let seasonal: Set = ["seasonal naive", "weekly naive", "phase profile"]

    /// A forecaster that has learned the values, jobs applied at once.
    private func trained(
        _ values: [Double], tier: ForecastConfiguration.Tier, steps: [Int] = [1, 12]
    ) -> NumericForecaster {
        var forecaster = NumericForecaster(steps: steps, configuration: ForecastConfiguration(tier: tier))
        for value in values {
            forecaster.learn(value)
            if let job = forecaster.trainingJob(stepMicroseconds: 3_600_000_000) { forecaster.apply(job.run()) }
        }
        return forecaster
    }

    private func noise(_ count: Int) -> [Double] {
        var noise = Noise(seed: 21)
        return (0..<count).map { _ in noise.normal() }
    }

    @Test(
        "Without a season no model that needs one is named", arguments: ForecastConfiguration.Tier.allCases, [60, 300])
    func noSeason(tier: ForecastConfiguration.Tier, count: Int) {
        let forecaster = trained(noise(count), tier: tier)
        #expect(forecaster.season == nil)
        for step in 0...1 {
            let names = forecaster.weights(stepIndex: step).map(\.name)
            #expect(!names.isEmpty && Self.seasonal.isDisjoint(with: names))
        }
    }

    @Test("Every part has a name of its own, and they sum to 1", arguments: ForecastConfiguration.Tier.allCases)
    func sum(tier: ForecastConfiguration.Tier) {
        for count in [2, 5, 9, 40, 180] {
            for values in [noise(count), dailyValues(count, noise: 1, seed: 22)] {
                let forecaster = trained(values, tier: tier, steps: [1, 12])
                for step in 0...1 {
                    let weights = forecaster.weights(stepIndex: step)
                    #expect(Set(weights.map(\.name)).count == weights.count)
                    // The first forecast of a step is judged as many values later.
                    let sum: Double = count > [1, 12][step] ? 1 : 0
                    #expect(abs(weights.reduce(0) { $0 + $1.weight } - sum) < 1e-4)
                }
            }
        }
    }

    @Test("Only models of the tier are named")
    func tiers() {
        let values = dailyValues(400, noise: 1, seed: 23)
        let lite = Set(trained(values, tier: .lite).weights(stepIndex: 1).map(\.name))
        #expect(lite.isDisjoint(with: ["autoregression (asinh)", "mean", "mix before analogs"]))
        #expect(!lite.contains { $0.hasPrefix("analogs") })
        let standard = Set(trained(values, tier: .standard).weights(stepIndex: 1).map(\.name))
        #expect(standard.isSuperset(of: ["mix before analogs", "analogs (short)", "seasonal naive"]))
        #expect(standard.isDisjoint(with: ["autoregression (asinh)", "mean", "weekly naive"]))
    }

    @Test("A series too young for analogs names their lanes for the mean that they hold")
    func young() {
        let names = Set(trained(noise(60), tier: .standard).weights(stepIndex: 0).map(\.name))
        #expect(names.contains("mean") && !names.contains { $0.hasPrefix("analogs") })
    }

    @Test("A model that has never erred has its part")
    func faultless() {
        let forecaster = trained([1, 2] + Array(repeating: 2, count: 40), tier: .lite, steps: [1])
        #expect(forecaster.weights(stepIndex: 0).contains { $0.name == "naive" && $0.weight > 0.1 })
    }
}
