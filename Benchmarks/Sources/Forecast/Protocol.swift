import Forecasting
import Glibc

/// How well a forecaster did at one step of one series.
struct StepScore {
    /// Mean |error| ÷ that of the seasonal naive, and of the naive.
    var error = 0.0
    var naiveError = 0.0
    /// The share of actual values within the 90 % interval.
    var coverage = 0.0
}

/// The rule of `eval/forecast.py`: one pass, forecasts before each value, every fourth origin after the warm-up scored.
enum Protocol {
    /// The scores at `steps`.
    static func run(_ series: RegularSeries, steps: [Int], configuration: ForecastConfiguration) -> [StepScore] {
        let forecasts = forecasts(series, steps: steps, configuration: configuration)
        return steps.indices.map { score(series, step: steps[$0], forecasts[$0]) }
    }

    /// All forecasts by step and origin, made by a forecaster that is driven as the manager drives it.
    private static func forecasts(
        _ series: RegularSeries, steps: [Int], configuration: ForecastConfiguration
    ) -> [[NumericForecast]] {
        var forecaster = NumericForecaster(steps: steps, configuration: configuration)
        var arrival = ArrivalForecaster(steps: [1])
        var waiting: [TrainingJob] = []
        var forecasts = steps.map { _ in [NumericForecast]() }
        for (index, value) in series.values.enumerated() {
            if index > 0, series.times[index] >= series.times[index - 1] {
                arrival.learn(gapMicroseconds: series.times[index] - series.times[index - 1])
            }
            forecaster.learn(value)
            if let job = forecaster.trainingJob(stepMicroseconds: arrival.gridMicroseconds) { waiting.append(job) }
            while let place = waiting.firstIndex(where: { $0.cut + $0.delay <= forecaster.count }) {
                forecaster.apply(waiting.remove(at: place).run())
            }
            for step in steps.indices { forecasts[step].append(forecaster.forecast(stepIndex: step)) }
        }
        return forecasts
    }

    private static func score(_ series: RegularSeries, step: Int, _ forecasts: [NumericForecast]) -> StepScore {
        let values = series.values
        let warm = max((values.count * 3 + 9) / 10, 350)
        let back = (step + series.season - 1) / series.season * series.season
        var error = 0.0
        var seasonalError = 0.0
        var naiveError = 0.0
        var inside = 0.0
        var count = 0.0
        for origin in stride(from: warm, to: values.count - step + 1, by: 4) {
            let forecast = forecasts[origin - 1]
            let actual = values[origin + step - 1]
            error += abs(forecast.value - actual)
            seasonalError += abs(values[max(origin + step - 1 - back, 0)] - actual)
            naiveError += abs(values[origin - 1] - actual)
            if forecast.low <= actual, actual <= forecast.high { inside += 1 }
            count += 1
        }
        return StepScore(
            error: error / max(seasonalError, 1e-300), naiveError: naiveError / max(seasonalError, 1e-300),
            coverage: inside / max(count, 1))
    }

    /// The geometric mean.
    static func geometricMean(_ values: [Double]) -> Double {
        exp(values.reduce(0) { $0 + log(max($1, 1e-9)) } / Double(max(values.count, 1)))
    }
}
