import Testing

@testable import Forecasting

@Suite("Numeric forecaster")
struct NumericForecasterTests {
    private static let hour: Int64 = 3_600_000_000

    /// Learns the values as the manager would, jobs applied at their distance, and returns all forecasts.
    private func run(
        _ values: [Double], steps: [Int] = [1, 12], stepMicroseconds: Int64? = hour, lateRun: Bool = false,
        tier: ForecastConfiguration.Tier = .standard
    ) -> (NumericForecaster, [[NumericForecast]]) {
        var forecaster = NumericForecaster(steps: steps, configuration: ForecastConfiguration(tier: tier))
        var forecasts: [[NumericForecast]] = []
        var waiting: (at: Int, job: TrainingJob, result: TrainingResult?)?
        for value in values {
            forecaster.learn(value)
            if let due = waiting, due.at == forecaster.count {
                forecaster.apply(due.result ?? due.job.run())
                waiting = nil
            }
            if let job = forecaster.trainingJob(stepMicroseconds: stepMicroseconds) {
                waiting = (job.cut + job.delay, job, lateRun ? nil : job.run())
            }
            forecasts.append(steps.indices.map { forecaster.forecast(stepIndex: $0) })
        }
        return (forecaster, forecasts)
    }

    @Test(
        "Altering the future leaves earlier forecasts as they were, bit by bit",
        arguments: ForecastConfiguration.Tier.allCases)
    func causality(tier: ForecastConfiguration.Tier) {
        let values = dailyValues(900, noise: 2, seed: 1)
        var altered = values
        for index in 600..<900 { altered[index] = 3 * values[index] + 17 }
        let (_, first) = run(values, tier: tier)
        let (_, second) = run(altered, tier: tier)
        #expect(Array(first[..<600]) == Array(second[..<600]))
        #expect(first[700] != second[700])
    }

    @Test("The same input gives the same output, whenever a job was run", arguments: [false, true])
    func determinism(lateRun: Bool) {
        let values = dailyValues(1200, noise: 2, seed: 2)
        #expect(run(values).1 == run(values, lateRun: lateRun).1)
    }

    @Test("A daily signal is forecast much better than by its naive forecast, at any step", arguments: [1, 12, 24])
    func skill(step: Int) {
        let values = dailyValues(1500, noise: 0.5, seed: 3)
        let (forecaster, forecasts) = run(values, steps: [step])
        #expect(forecaster.season == 24)
        var error = 0.0
        var naive = 0.0
        for origin in 600..<(1500 - step) {
            error += abs(forecasts[origin][0].value - values[origin + step])
            naive += abs(values[origin] - values[origin + step])
        }
        #expect(error < (step == 24 ? 0.85 : 0.5) * naive)
        #expect(abs(forecasts[1400][0].skill - (1 - error / naive)) < 0.15)
    }

    @Test("Nine in ten values fall into the interval", arguments: [1, 12])
    func coverage(step: Int) {
        let values = dailyValues(4000, noise: 1, seed: 4)
        let (_, forecasts) = run(values, steps: [step])
        var inside = 0
        for origin in 1000..<(4000 - step) {
            let forecast = forecasts[origin][0]
            #expect(forecast.low <= forecast.value && forecast.value <= forecast.high)
            if forecast.low <= values[origin + step], values[origin + step] <= forecast.high { inside += 1 }
        }
        let share = Double(inside) / Double(3000 - step)
        #expect(share > 0.87 && share < 0.93)
    }

    @Test("On noise there is no skill to speak of beyond that of the mean, and no season")
    func noise() {
        var noise = Noise(seed: 5)
        let (forecaster, forecasts) = run((0..<2000).map { _ in noise.normal() }, tier: .lite)
        #expect(forecaster.season == nil)
        // The mean is √2 better than the naive forecast on white noise.
        #expect(forecasts[1999][0].skill < 0.4 && forecasts[1999][0].skill > 0.15)
    }

    @Test("A random walk is left to the naive forecast")
    func walk() {
        var noise = Noise(seed: 6)
        var level = 0.0
        let values = (0..<3000).map { _ in
            level += noise.normal()
            return level
        }
        let (_, forecasts) = run(values, steps: [1], tier: .lite)
        #expect(forecasts[2999][0].skill > -0.06 && forecasts[2999][0].skill < 0.06)
    }

    @Test("A constant predicts itself exactly", arguments: [0, 42, -1e12, 0.1])
    func constant(value: Double) {
        let (forecaster, forecasts) = run(Array(repeating: value, count: 300))
        #expect(forecasts.allSatisfy { $0.allSatisfy { $0.value == value && $0.low == value && $0.high == value } })
        #expect(forecaster.bytes < 200)
        #expect(forecaster.probability(within: 0, stepIndex: 0) > 0.99)
    }

    @Test("A series that stops moving predicts itself exactly before long")
    func standstill() {
        let (_, forecasts) = run(dailyValues(100, noise: 1, seed: 15) + Array(repeating: 41.9, count: 700), steps: [1])
        #expect(forecasts[799][0].value == 41.9)
    }

    @Test("The first value is repeated until there is more")
    func firstValue() {
        var forecaster = NumericForecaster(steps: [1])
        #expect(forecaster.forecast(stepIndex: 0).value == 0)
        forecaster.learn(7)
        #expect(forecaster.forecast(stepIndex: 0).value == 7)
        forecaster.learn(9)
        #expect(forecaster.forecast(stepIndex: 0).value == 9)
    }

    @Test("A value that is not finite counts as a repeat", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(value: Double) {
        var values = dailyValues(300, noise: 1, seed: 7)
        let repeated = values[..<150] + [values[149]] + values[151...]
        values[150] = value
        #expect(run(values).1 == run(Array(repeated)).1)
    }

    @Test("No input makes a forecast that is not finite")
    func extremes() {
        var noise = Noise(seed: 8)
        var values: [Double] = []
        for index in 0..<3000 {
            let scale = index % 97 == 0 ? 1e300 : index % 89 == 0 ? 1e-300 : index % 50 < 25 ? 1 : 1e6
            values.append(scale * noise.normal())
        }
        let (forecaster, forecasts) = run(values, steps: [1, 60])
        let all = forecasts.flatMap { $0 }
        #expect(all.allSatisfy { $0.value.isFinite && $0.low <= $0.value && $0.value <= $0.high })
        #expect(forecaster.probability(within: 1, stepIndex: 1).isFinite)
    }

    @Test("A copy goes its own way")
    func copies() {
        var (first, _) = run(dailyValues(500, noise: 1, seed: 9))
        let second = first
        let before = second.forecast(stepIndex: 0)
        first.learn(1000)
        #expect(second.forecast(stepIndex: 0) == before)
        var third = second
        third.learn(1000)
        #expect(third.forecast(stepIndex: 0) == first.forecast(stepIndex: 0))
    }

    @Test("Residual k is that of the value k before the last")
    func residuals() {
        let values = dailyValues(400, noise: 1, seed: 10)
        let (forecaster, forecasts) = run(values, steps: [1, 3], stepMicroseconds: nil)
        for k in [0, 1, 31] {
            let target = 399 - k
            let expected = values[target] - forecasts[target - 3][1].value
            #expect(abs(forecaster.residualSample(stepIndex: 1, k) - expected) < 1e-4)
        }
        #expect(forecaster.residualSample(stepIndex: 0, 32) == 0)
    }

    @Test("Steps may change; the models replay what they remember")
    func setSteps() {
        let values = dailyValues(600, noise: 1, seed: 11)
        var (forecaster, _) = run(values, steps: [1])
        forecaster.setSteps([1, 6])
        #expect(forecaster.season == 24)
        #expect(forecaster.forecast(stepIndex: 1).skill > 0.3)
    }

    @Test("A stated probability is met", arguments: [1, 12])
    func probability(step: Int) {
        var forecaster = NumericForecaster(steps: [step])
        let values = dailyValues(4000, noise: 1, seed: 12)
        var stated: [(probability: Double, value: Double, tolerance: Double)] = []
        for value in values {
            forecaster.learn(value)
            let forecast = forecaster.forecast(stepIndex: 0)
            let tolerance = 0.5 * forecast.naiveError
            stated.append((forecaster.probability(within: tolerance, stepIndex: 0), forecast.value, tolerance))
        }
        var met = 0.0
        var sum = 0.0
        for origin in 500..<(4000 - step) {
            sum += stated[origin].probability
            if abs(values[origin + step] - stated[origin].value) <= stated[origin].tolerance { met += 1 }
        }
        #expect(abs(met - sum) / 3500 < 0.03)
    }

    @Test("A job that changes nothing says so, and is not due without need")
    func jobs() {
        var (forecaster, _) = run(dailyValues(511, noise: 1, seed: 13))
        #expect(forecaster.trainingJob(stepMicroseconds: Self.hour) == nil)
        forecaster.learn(15)
        let job = forecaster.trainingJob(stepMicroseconds: Self.hour)
        #expect(job?.delay == 128)
        #expect(job?.run().isNothing == true)
        forecaster.learn(15)
        forecaster.requestTraining()
        #expect(forecaster.trainingJob(stepMicroseconds: Self.hour) != nil)
    }

    @Test(
        "The lite tier's state stays within 16 kB at seasons up to 48 and 32 kB at 288",
        arguments: [(24, 3600), (48, 1800), (288, 300)])
    func bytes(season: Int, seconds: Int64) {
        let values = dailyValues(4500, season: season, noise: 1, seed: 14)
        let (forecaster, _) = run(values, steps: [1], stepMicroseconds: seconds * 1_000_000, tier: .lite)
        #expect(forecaster.season == season)
        #expect(forecaster.bytes <= (season <= 48 ? 16 : 32) << 10)
    }

    @Test("Without most of its models it still forecasts", arguments: ForecastModels.named.map(\.model))
    func disabled(only model: ForecastModels) {
        var configuration = ForecastConfiguration(tier: .full)
        configuration.disabled = ForecastModels.all.subtracting(model)
        var forecaster = NumericForecaster(steps: [1, 24], configuration: configuration)
        for value in dailyValues(300, noise: 1, seed: 16) {
            forecaster.learn(value)
            #expect(forecaster.forecast(stepIndex: 1).value.isFinite)
        }
    }

    @Test("A short series has no analogs yet, and little state")
    func shortSeries() {
        let (short, _) = run(dailyValues(120, noise: 1, seed: 17), steps: [1])
        let (long, _) = run(dailyValues(1200, noise: 1, seed: 17), steps: [1])
        #expect(short.bytes < 12 << 10)
        #expect(long.bytes > 60 << 10 && long.bytes < 96 << 10)
        #expect(long.weights(stepIndex: 0).contains { $0.name == "analogs (short)" })
    }

    @Test("What is mostly constant is forecast as constant, with its rare spikes left alone")
    func nearlyConstant() {
        var noise = Noise(seed: 18)
        let values = (0..<1800).map { _ in noise.uniform() < 0.005 ? 3 + noise.normal() : 3 }
        let (_, forecasts) = run(values, steps: [1])
        let late = forecasts[1200...]
        #expect(late.filter { abs($0[0].value - 3) > 0.05 }.count < 20)
        #expect(late.filter { $0[0].low > 3.001 || $0[0].high < 2.999 }.count < 20)
    }

    @Test("With skewed values the forecast errs less than their mean")
    func skewed() {
        var noise = Noise(seed: 19)
        let values = (0..<2000).map { _ in noise.exponential() }
        let (_, forecasts) = run(values, steps: [1], tier: .lite)
        var error = 0.0
        var meanError = 0.0
        for origin in 500..<1999 {
            error += abs(forecasts[origin][0].value - values[origin + 1])
            meanError += abs(1 - values[origin + 1])
        }
        #expect(error < 0.99 * meanError)
    }
}
