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

    @Test("White residuals are left alone")
    func white() {
        var correction = ResidualCorrection()
        var noise = Noise(seed: 8)
        for _ in 0..<4000 { correction.learn(residual: Float(noise.normal())) }
        #expect(abs(correction.correction) < 0.15)
    }

    @Test("Seasonal differences of one sign raise the guard, balanced ones do not", arguments: [true, false])
    func levelShift(isShifted: Bool) {
        var guardian = LevelShiftGuard(season: 24)
        var noise = Noise(seed: 6)
        for index in 0..<400 { guardian.learn(difference: Float(noise.normal() + (isShifted && index > 350 ? 5 : 0))) }
        #expect(isShifted ? guardian.share > 0.5 : guardian.share == 0)
    }
}
