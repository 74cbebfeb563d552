import Testing

@testable import Forecasting

@Suite("Rank calibration")
struct RankCalibrationTests {
    private func corrected(_ ranks: inout RankCalibration, _ probabilities: [Float]) -> [Float] {
        let block = StateBlock(floats: 128)
        let (before, after) = (block.cells(40), block.cells(40))
        for (index, probability) in probabilities.enumerated() { before[index] = probability }
        ranks.correct(before, count: probabilities.count - 1, into: after)
        return probabilities.indices.map { after[$0] }
    }

    @Test(
        "What is corrected sums to one",
        arguments: [[0.5, 0.3, 0.1, 0.1], [0.9, 0.1], [0.01, 0.01, 0.98]] as [[Float]])
    func sums(probabilities: [Float]) {
        var ranks = RankCalibration()
        let result = corrected(&ranks, probabilities)
        #expect(abs(result.reduce(0, +) - 1) < 1e-4)
        #expect(result.allSatisfy { $0 > 0 })
    }

    @Test("A favourite that is right half as often as it says is brought down")
    func overconfident() {
        var ranks = RankCalibration()
        for round in 0..<2_000 {
            _ = corrected(&ranks, [0.8, 0.15, 0.05])
            ranks.learn(actual: round % 5 < 2 ? 0 : 1)
        }
        let result = corrected(&ranks, [0.8, 0.15, 0.05])
        #expect(abs(result[0] - 0.52) < 0.07, "\(result)")
    }
}
