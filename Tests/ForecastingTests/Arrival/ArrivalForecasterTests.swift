import Testing

@testable import Forecasting

@Suite("Arrival forecaster")
struct ArrivalForecasterTests {
    private static let minute: Int64 = 60_000_000

    @Test("A beat is expected to go on", arguments: [0, 1, 2])
    func grid(stepIndex: Int) {
        var forecaster = ArrivalForecaster(steps: [1, 5, 300])
        for _ in 0..<10 { forecaster.learn(gapMicroseconds: Self.minute) }
        #expect(forecaster.gridMicroseconds == Self.minute)
        let step = Int64(forecaster.steps[stepIndex])
        let forecast = forecaster.forecast(stepIndex: stepIndex)
        if step <= 5 {
            #expect(forecast.expected == step * Self.minute)
            #expect(forecast.low == step * Self.minute - Self.minute / 10)
            #expect(forecast.high == step * Self.minute + Self.minute / 10)
        } else {
            #expect(abs(forecast.expected - step * Self.minute) <= 300)
        }
    }

    @Test("Jitter widens the window to nine in ten", arguments: [0.05, 0.25])
    func jitter(scale: Double) {
        var forecaster = ArrivalForecaster(steps: [1])
        var noise = Noise(seed: 1)
        var inside = 0
        for index in 0..<4000 {
            let gap = Int64(Double(Self.minute) * (1 + scale * (noise.uniform() - 0.5)))
            let forecast = forecaster.forecast(stepIndex: 0)
            if index >= 1000, forecast.low <= gap, gap <= forecast.high { inside += 1 }
            forecaster.learn(gapMicroseconds: gap)
        }
        #expect(Double(inside) / 3000 > 0.87)
        #expect(forecaster.gridMicroseconds != nil)
    }

    @Test("A missed beat does not end the grid, and counts as beats")
    func missedBeats() {
        var detector = GridDetector()
        for index in 0..<200 { detector.learn(index % 10 == 9 ? 3 * Self.minute : Self.minute) }
        #expect(detector.grid == Double(Self.minute))
        #expect(detector.beats(3 * Self.minute) == 3)
        #expect(detector.beats(Self.minute * 5 / 2) == nil)
    }

    @Test("A grid that changes is found again")
    func change() {
        var detector = GridDetector()
        for _ in 0..<100 { detector.learn(Self.minute) }
        for _ in 0..<60 { detector.learn(5 * Self.minute) }
        #expect(detector.grid == Double(5 * Self.minute))
    }

    @Test("Random arrivals have no grid, and windows that hold", arguments: [0, 1, 2])
    func exponential(stepIndex: Int) {
        var forecaster = ArrivalForecaster(steps: [1, 3, 40])
        let step = forecaster.steps[stepIndex]
        var noise = Noise(seed: 2)
        var times: [Int64] = [0]
        var stated: [ArrivalForecast] = []
        for _ in 0..<4000 {
            let gap = Int64(1_000_000 * noise.exponential())
            times.append(times[times.count - 1] + gap)
            forecaster.learn(gapMicroseconds: gap)
            stated.append(forecaster.forecast(stepIndex: stepIndex))
        }
        #expect(forecaster.gridMicroseconds == nil)
        var inside = 0.0
        var promised = 0.0
        for origin in 1000..<(4000 - step) {
            let elapsed = times[origin + 1 + step] - times[origin + 1]
            if stated[origin].low <= elapsed, elapsed <= stated[origin].high { inside += 1 }
            promised += stated[origin].probability
        }
        let count = Double(3000 - step)
        #expect(inside / count > 0.84 && inside / count < 0.96)
        #expect(abs(inside - promised) / count < 0.04)
    }

    @Test("Tied stamps are legal and expected")
    func zeroGaps() {
        var forecaster = ArrivalForecaster(steps: [1])
        var noise = Noise(seed: 4)
        for _ in 0..<500 { forecaster.learn(gapMicroseconds: noise.uniform() < 0.25 ? 7_000_000 : 0) }
        let forecast = forecaster.forecast(stepIndex: 0)
        #expect(forecast.low == 0)
        #expect(forecast.high >= 7_000_000)
        forecaster.learn(gapMicroseconds: -5)
        #expect(forecaster.count == 501)
    }

    @Test("A young series leans on the stream")
    func prior() {
        var stream = ArrivalForecaster(steps: [1])
        for _ in 0..<50 { stream.learn(gapMicroseconds: Self.minute) }
        var series = ArrivalForecaster(steps: [1])
        #expect(series.forecast(stepIndex: 0, prior: stream).expected == Self.minute)
        for _ in 0..<5 { series.learn(gapMicroseconds: 1000) }
        #expect(series.forecast(stepIndex: 0, prior: stream).expected == 1000)
    }

    @Test("Quantiles of a histogram lie close to those of its gaps", arguments: [0.05, 0.5, 0.95] as [Float])
    func histogram(level: Float) {
        var histogram = LogGapHistogram()
        var noise = Noise(seed: 3)
        var gaps: [Int64] = []
        for _ in 0..<1000 {
            let gap = Int64(1_000_000 * (1 + 9 * noise.uniform()))
            gaps.append(gap)
            histogram.learn(gap)
        }
        let exact = Double(gaps.sorted()[Int(level * 999)])
        #expect(abs(histogram.quantile(level) - exact) < 0.15 * exact)
    }

    @Test("Gaps over twelve decades fit into one histogram")
    func wide() {
        var histogram = LogGapHistogram()
        for exponent in 0..<13 {
            var gap: Int64 = 1
            for _ in 0..<exponent { gap *= 10 }
            for _ in 0..<20 { histogram.learn(gap) }
        }
        #expect(histogram.quantile(0.5) > 1e5 && histogram.quantile(0.5) < 1e8)
        #expect(histogram.quantile(1) >= 1e12)
    }
}
