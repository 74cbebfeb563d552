import Testing

@testable import Forecasting

@Suite("Corrections of the mix")
struct CorrectionTests {
    @Test("Half of a residual's own persistence is added")
    func residual() {
        var correction = ResidualCorrection()
        var noise = Noise(seed: 8)
        var residual = 0.0
        for _ in 0..<4000 {
            residual = 0.8 * residual + noise.normal()
            correction.learn(residual: Float(residual))
        }
        correction.learn(residual: 2)
        #expect(abs(correction.correction - 0.8) < 0.35)
    }

    @Test("It stays bounded however long it learns", arguments: [1, 2] as [UInt64])
    func endurance(seed: UInt64) {
        var correction = ResidualCorrection()
        var noise = Noise(seed: seed)
        var largest: Float = 0
        for _ in 0..<60_000 {
            correction.learn(residual: Float(noise.normal()))
            largest = max(largest, abs(correction.correction))
        }
        #expect(largest < 4)
    }

    @Test("White residuals are left alone")
    func white() {
        var correction = ResidualCorrection()
        var noise = Noise(seed: 8)
        for _ in 0..<4000 { correction.learn(residual: Float(noise.normal())) }
        #expect(abs(correction.correction) < 0.15)
    }

    @Test("Seasonal differences of one sign raise the guard, balanced ones do not", arguments: [true, false])
    func levelShift(isShifted: Bool) {
        var guardian = LevelShiftGuard(lag: 24)
        var noise = Noise(seed: 6)
        for index in 0..<400 { guardian.learn(difference: Float(noise.normal() + (isShifted && index > 350 ? 5 : 0))) }
        #expect(isShifted ? guardian.share > 0.5 : guardian.share == 0)
    }

    @Test("A correction that does harm fades away")
    func harm() {
        var correction = ResidualCorrection()
        var noise = Noise(seed: 3)
        for index in 0..<3000 {
            correction.learn(residual: index % 97 == 0 ? 50 : 0.01 * Float(noise.normal()))
        }
        correction.learn(residual: 50)
        #expect(abs(correction.correction) < 1)
    }

    @Test("The median of skewed residuals is added, that of symmetric ones is not")
    func bias() {
        var skewed = BiasCorrection()
        var symmetric = BiasCorrection()
        var noise = Noise(seed: 4)
        for _ in 0..<3000 {
            skewed.learn(residual: Float(noise.exponential()) - 1)
            symmetric.learn(residual: Float(noise.normal()))
        }
        #expect(abs(skewed.correction + 0.31) < 0.12)
        #expect(abs(symmetric.correction) < 0.05)
    }

    @Test("The best expert takes over where the mix is clearly worse, and only there", arguments: [1.0, 1.5])
    func bestExpert(mixError: Float) {
        let block = StateBlock(floats: 64)
        var best = BestExpert(cells: block.cells(BestExpert.cellCount))
        var experts = ExpertVector(repeating: 3)
        experts[4] = 1
        for _ in 0..<400 { best.learn(experts, mix: mixError, target: 0) }
        best.review(ExpertVector(repeating: 1))
        #expect(best.lane == 4)
        #expect(best.share == (mixError > 1 ? 1 : 0))
        withExtendedLifetime(block) {}
    }
}
