import Forecasting
import Testing

@testable import ForetailCLI

@Suite struct ScoreTests {
    @Test("Skill, errors and coverage are what one reckons by hand")
    func byHand() {
        var score = StepScore(step: 1)
        score.add(ScoredForecast(value: 10, low: 8, high: 12, naive: 6, typical: 12, seasonal: 11), actual: 11)
        score.add(ScoredForecast(value: 10, low: 9, high: 11, naive: 16, typical: 12, seasonal: .nan), actual: 13)
        score.add(.none, actual: 1)
        #expect(score.origins == 2 && score.seasonalOrigins == 1)
        #expect(score.mae == 2 && score.maeNaive == 4 && score.maeTypical == 1 && score.maeSeasonalNaive == 0)
        #expect(score.skill == 0.5 && score.skillTypical == -1 && score.leastSkill == -1)
        #expect(score.skillSeasonal == nil)
        #expect(score.coverage == 0.5)
        var sum = score
        sum.add(score)
        #expect(sum.origins == 4 && sum.mae == 2)
    }

    @Test(
        "The resolution of stamps is told from their gaps",
        arguments: [
            ([], 1), ([0, 0], 1), ([60_000_000, 300_000_000], 6e7), ([1_000_000, 60_000_000], 1e6),
            ([250_000, 1_000_000], 250_000), ([3, 5_000_000, 8_000_000], 5_000),
        ] as [([Int64], Double)])
    func resolution(_ gaps: [Int64], expected: Double) {
        #expect(GapAccount.resolution(gaps) == expected)
    }

    @Test("Gaps wait for the resolution, and count as if it had been known")
    func gaps() {
        var account = GapAccount()
        var pinball = GapPinball(warmUp: 3, resolutionMicroseconds: 1e6)
        for number in 0..<100 {
            let gap = Int64(1 + number % 7) * 1_000_000
            let quantiles = GapQuantiles(1e6, 2e6, 3e6, 5e6, 6e6)
            account.add(gapMicroseconds: gap, quantiles: quantiles, isWarm: number >= 3)
            pinball.add(gapMicroseconds: gap, quantiles: quantiles)
            if number == 20 { #expect(abs(account.loss.gapPinball! - pinball.gapPinball!) < 1e-12) }
        }
        #expect(account.loss.gaps == 97)
        #expect(abs(account.loss.gapPinball! - pinball.gapPinball!) < 1e-12)
        #expect(abs(account.loss.gapPinballEmpirical! - pinball.gapPinballEmpirical!) < 1e-12)
    }

    @Test("A warm-up longer than the wait for the resolution is left out, too")
    func longWarmUp() {
        var account = GapAccount()
        var pinball = GapPinball(warmUp: 80, resolutionMicroseconds: 1e6)
        for number in 0..<100 {
            let gap = Int64(1 + number % 7) * 1_000_000
            let quantiles = GapQuantiles(1e6, 2e6, 3e6, 5e6, 6e6)
            account.add(gapMicroseconds: gap, quantiles: quantiles, isWarm: number >= 80)
            pinball.add(gapMicroseconds: gap, quantiles: quantiles)
        }
        #expect(account.loss.gaps == 20)
        #expect(abs(account.loss.gapPinball! - pinball.gapPinball!) < 1e-12)
        #expect(abs(account.loss.gapPinballEmpirical! - pinball.gapPinballEmpirical!) < 1e-12)
        let loss = account.loss
        account.forget()
        #expect(account.loss == loss && account.bytes == 0)
    }

    @Test("What is told over time stays within its points and loses no event")
    func timeline() {
        var timeline = Timeline()
        for number in 1...10_000 {
            if timeline.add(time: nil, matched: 1, hits: number % 2, judged: 1, right: number % 2) {
                timeline.close(bufferSize: 3, bufferBytes: 300, models: [("naive", 0.25), ("trend", 0.75)])
            }
        }
        timeline.close(bufferSize: 3, bufferBytes: 300, models: [("naive", 0.25), ("trend", 0.75)])
        #expect(timeline.points.count <= BacktestLimits.points)
        #expect(timeline.points.reduce(0) { $0 + $1.events } == 10_000)
        #expect(timeline.points.reduce(0) { $0 + $1.hits } == 5_000)
        #expect(timeline.ranking.map(\.name) == ["trend", "naive"])
        let coarse = timeline.coarse(10)
        #expect(coarse.count == 10 && coarse.reduce(0) { $0 + $1.events } == 10_000)
        #expect(coarse.allSatisfy { $0.bufferSize == 3 })
    }
}
