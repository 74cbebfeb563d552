import Forecasting
import Glibc

/// Time and memory per value of one series, by tier and steps: learning a value and reading all forecasts.
enum CostTable {
    private static let runs = 15
    private static let values = 4_000

    static func print(only: ForecastConfiguration.Tier?) {
        for tier in ForecastConfiguration.Tier.allCases where only == nil || only == tier {
            for steps in [[1], Array(1...12), [1, 12, 288]] {
                for season in [24, 288] {
                    report(ForecastConfiguration(tier: tier), steps: steps, season: season)
                }
            }
        }
    }

    private static func report(_ configuration: ForecastConfiguration, steps: [Int], season: Int) {
        let name = steps.count > 4 ? "1...\(steps.count)" : steps.map(String.init).joined(separator: ",")
        var forecaster = trained(configuration, steps: steps, season: season)
        let next = MadeSeries.seasonal(count: values, season: season, seed: 2)
        var times: [Double] = []
        for _ in 0..<runs {
            var start = timespec()
            var end = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
            consume(&forecaster, next, steps: steps.count)
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
            times.append(Double(end.tv_sec - start.tv_sec) * 1e9 + Double(end.tv_nsec - start.tv_nsec))
        }
        times.sort()
        let bytes = forecaster.bytes
        Swift.print(
            ErrorTable.padded(configuration.tier.rawValue, 10), ErrorTable.padded("steps " + name, 16),
            ErrorTable.padded("season \(season)", 12), "\(Int(times[runs / 2] / Double(values))) ns (least",
            "\(Int(times[0] / Double(values)))), \(bytes) bytes")
    }

    /// Learns and forecasts 100,000 values, for a counter of instructions; with steps 0 trains only.
    static func runOnce(_ configuration: ForecastConfiguration, steps: Int) {
        let all = Array(1...max(steps, 1))
        var forecaster = trained(configuration, steps: all, season: 24)
        let next = MadeSeries.seasonal(count: values, season: 24, seed: 2)
        if CommandLine.arguments.contains("--measure") { consume(&forecaster, next, steps: all.count) }
    }

    private static func consume(_ forecaster: inout NumericForecaster, _ next: [Double], steps: Int) {
        var sum = 0.0
        for value in next {
            forecaster.learn(value)
            for step in 0..<steps { sum += forecaster.forecast(stepIndex: step).value }
        }
        if sum == 0.123 { Swift.print(sum) }
    }

    /// A forecaster that has found its season and filled its windows.
    private static func trained(
        _ configuration: ForecastConfiguration, steps: [Int], season: Int
    ) -> NumericForecaster {
        var forecaster = NumericForecaster(steps: steps, configuration: configuration)
        for value in MadeSeries.seasonal(count: 4_096, season: season, seed: 1) { forecaster.learn(value) }
        if let job = forecaster.trainingJob(stepMicroseconds: 86_400_000_000 / Int64(season)) {
            forecaster.apply(job.run())
        }
        return forecaster
    }
}
