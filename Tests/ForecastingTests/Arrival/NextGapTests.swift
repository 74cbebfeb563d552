import Testing

@testable import Forecasting

@Suite("Next gap")
struct NextGapTests {
    /// Mean ratio of a forecaster's loss to that of the empirical quantiles, and the model that spoke most.
    private static func run(_ gaps: [Int64]) -> (ratio: Double, model: ArrivalModel) {
        var forecaster = ArrivalForecaster(steps: [1])
        var account = GapPinball(warmUp: 1000, resolutionMicroseconds: 1000)
        var spoken = [Int](repeating: 0, count: ArrivalModel.allCases.count)
        for gap in gaps {
            account.add(gapMicroseconds: gap, quantiles: forecaster.count == 0 ? nil : forecaster.quantiles(of: 0))
            forecaster.learn(gapMicroseconds: gap)
            if forecaster.count > 1000 { spoken[forecaster.model(of: 0).rawValue] += 1 }
        }
        let most = spoken.indices.max { spoken[$0] < spoken[$1] }!
        return (account.gapPinball! / account.gapPinballEmpirical!, ArrivalModel(rawValue: most)!)
    }

    @Test("A rate that drifts is followed by the autoregression")
    func drift() {
        var noise = Noise(seed: 11)
        let gaps = (0..<4000).map { index in
            Int64(1_000_000 * noise.exponential() * exponential(1.5 * sine(Double(index) / 400)))
        }
        let result = Self.run(gaps)
        #expect(result.ratio < 0.85)
        #expect(result.model == .autoregression)
    }

    @Test("Bursts are told from pauses by the pace")
    func bursts() {
        var noise = Noise(seed: 12)
        var isFast = false
        let gaps = (0..<4000).map { _ in
            if noise.uniform() < 0.05 { isFast.toggle() }
            return Int64(1_000_000 * noise.exponential() * (isFast ? 0.05 : 5))
        }
        #expect(Self.run(gaps).ratio < 0.75)
    }

    @Test("Where nothing can be learned, nothing is lost")
    func memoryless() {
        var noise = Noise(seed: 13)
        #expect(Self.run((0..<4000).map { _ in Int64(1_000_000 * noise.exponential()) }).ratio < 1.02)
    }

    @Test("Gaps that depend on the quarter of the day are told by the context")
    func quarters() {
        var noise = Noise(seed: 14)
        var time: Int64 = 0
        // Minutes by night, seconds by day, each tied: what pace cannot tell at the border, the quarter does.
        let gaps = (0..<6000).map { _ in
            let quarter = time / 21_600_000_000 % 4
            let gap: Int64 = quarter == 0 ? 600_000_000 : noise.uniform() < 0.5 ? 60_000_000 : 20_000_000
            time += gap
            return gap
        }
        let result = Self.run(gaps)
        #expect(result.ratio < 0.95)
        #expect(result.model == .context)
    }

    @Test("Windows at every step hold nine in ten", arguments: ["bursts", "gamma", "drift", "pauses"])
    func coverage(process: String) {
        var noise = Noise(seed: 15)
        var isFast = false
        let gaps = (0..<5000).map { index -> Int64 in
            let base = noise.exponential()
            switch process {
            case "bursts":
                if noise.uniform() < 0.05 { isFast.toggle() }
                return Int64(1_000_000 * base * (isFast ? 0.05 : 5))
            case "gamma": return Int64(300_000 * (base + noise.exponential() + noise.exponential()))
            case "drift": return Int64(1_000_000 * base * exponential(1.5 * sine(Double(index) / 400)))
            default: return index % 50 == 49 ? 600_000_000 : Int64(1_000_000 * (0.5 + noise.uniform()))
            }
        }
        var times: [Int64] = [0]
        for gap in gaps { times.append(times[times.count - 1] + gap) }
        var forecaster = ArrivalForecaster(steps: Array(1...12))
        var inside = [Double](repeating: 0, count: 12)
        var stated = inside
        var count = 0.0
        for (index, gap) in gaps.enumerated() {
            if index >= 1500, index + 12 <= gaps.count {
                count += 1
                for step in 1...12 {
                    let forecast = forecaster.forecast(stepIndex: step - 1)
                    let elapsed = times[index + step] - times[index]
                    inside[step - 1] += forecast.low <= elapsed && elapsed <= forecast.high ? 1 : 0
                    stated[step - 1] += forecast.probability
                }
            }
            forecaster.learn(gapMicroseconds: gap)
        }
        for step in 0..<12 {
            #expect(inside[step] / count > 0.85 && inside[step] / count < 0.97)
            #expect(abs(inside[step] - stated[step]) / count < 0.03)
        }
    }

    @Test("A copy is a snapshot: it goes on as the original does")
    func snapshot() {
        var noise = Noise(seed: 16)
        var forecaster = ArrivalForecaster(steps: [1, 4])
        for _ in 0..<300 { forecaster.learn(gapMicroseconds: Int64(1e6 * noise.exponential())) }
        var copy = forecaster
        let before = copy.quantiles(of: 0)
        let gaps = (0..<300).map { _ in Int64(1e6 * noise.exponential()) }
        for gap in gaps { forecaster.learn(gapMicroseconds: gap) }
        #expect(copy.quantiles(of: 0) == before)
        for gap in gaps { copy.learn(gapMicroseconds: gap) }
        #expect(copy.forecast(stepIndex: 1) == forecaster.forecast(stepIndex: 1))
        #expect(copy.quantiles(of: 0) == forecaster.quantiles(of: 0))
    }

    @Test("The quantiles of a window hold nine in ten by the model's own account", arguments: [0, 1])
    func probability(stepIndex: Int) {
        var noise = Noise(seed: 17)
        var forecaster = ArrivalForecaster(steps: [1, 4])
        for _ in 0..<2000 { forecaster.learn(gapMicroseconds: Int64(1e6 * noise.exponential())) }
        let quantiles = forecaster.quantiles(of: stepIndex)
        #expect(quantiles.fifth < quantiles.firstQuartile && quantiles.firstQuartile < quantiles.median)
        #expect(quantiles.median < quantiles.thirdQuartile && quantiles.thirdQuartile < quantiles.ninetyFifth)
        let window = Int64(quantiles.fifth)...Int64(quantiles.ninetyFifth)
        #expect(abs(forecaster.probability(of: window, stepIndex: stepIndex) - 0.9) < 0.05)
        #expect(forecaster.probability(of: 0...Int64(1e15), stepIndex: stepIndex) > 0.98)
        #expect(forecaster.probability(of: Int64(1e14)...Int64(1e15), stepIndex: stepIndex) < 0.02)
    }

    @Test("On a grid the beat is probable, and what lies beside it is not")
    func gridProbability() {
        var forecaster = ArrivalForecaster(steps: [1, 3])
        for _ in 0..<200 { forecaster.learn(gapMicroseconds: 60_000_000) }
        #expect(forecaster.model(of: 1) == .grid)
        #expect(forecaster.quantiles(of: 1).median == 180_000_000)
        #expect(forecaster.probability(of: 180_000_000...180_000_000, stepIndex: 1) > 0.95)
        #expect(forecaster.probability(of: 181_000_000...190_000_000, stepIndex: 1) == 0)
    }

    @Test("Models of irregular gaps are given up on a grid")
    func release() {
        var noise = Noise(seed: 18)
        var forecaster = ArrivalForecaster(steps: [1, 4])
        for _ in 0..<200 { forecaster.learn(gapMicroseconds: Int64(1e6 * noise.exponential())) }
        let held = forecaster.bytes
        #expect(held > 6000 && held < 20_000)
        for _ in 0..<2000 { forecaster.learn(gapMicroseconds: 60_000_000) }
        #expect(forecaster.model(of: 0) == .grid)
        #expect(forecaster.bytes < held / 4)
    }
}
