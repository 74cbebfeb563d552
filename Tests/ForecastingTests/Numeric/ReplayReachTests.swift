import Testing

@testable import Forecasting

@Suite("ReplayReach") struct ReplayReachTests {
    /// For each step the values it learns from.
    private func learned(_ steps: [Int], count: Int) -> [Int] {
        let reach = ReplayReach(steps: steps, count: count)
        var learned = [Int](repeating: 0, count: steps.count)
        for remaining in stride(from: count, to: 0, by: -1) {
            for place in reach.firstStep(remaining: remaining)..<steps.count { learned[place] += 1 }
        }
        return learned
    }

    @Test("A few steps learn from everything", arguments: [[1], [1, 12, 288], Array(1...32), [2016]])
    func few(steps: [Int]) {
        #expect(learned(steps, count: 4_096) == steps.map { _ in 4_096 })
    }

    @Test("Many steps learn from the latest values, each enough to judge its forecasts, and all together from little")
    func many() {
        for count in [64, 565] {
            let steps = Array(1...count)
            let learned = learned(steps, count: 4_096)
            #expect(zip(steps, learned).allSatisfy { $1 - $0 >= ReplayReach.leastJudged })
            #expect(learned.reduce(0, +) < 400_000)
        }
        let all = learned(Array(1...2_016), count: 4_096)
        #expect(all.reduce(0, +) <= ReplayReach.most)
        #expect(all[0] >= ReplayReach.leastJudged && all[2_015] > 0)
    }

    @Test("With many steps the season stays, and near and far steps are forecast from the past at once")
    func forecasts() {
        var forecaster = NumericForecaster(steps: [1])
        func value(_ place: Int) -> Double { Double(place % 24 < 8 ? 10 : 50) + Double(place * 7919 % 101) / 50 }
        for place in 0..<1_200 {
            forecaster.learn(value(place))
            if let job = forecaster.trainingJob(stepMicroseconds: nil) { forecaster.apply(job.run()) }
        }
        #expect(forecaster.season == 24)
        forecaster.setSteps(Array(1...200))
        #expect(forecaster.season == 24)
        #expect(forecaster.history(last: .max).count > 900)
        for step in [1, 7, 100, 199] {
            #expect(abs(forecaster.forecast(stepIndex: step - 1).value - value(1_199 + step)) < 4, "step \(step)")
            #expect(forecaster.forecast(stepIndex: step - 1).skill > 0.3, "step \(step)")
        }
    }
}
