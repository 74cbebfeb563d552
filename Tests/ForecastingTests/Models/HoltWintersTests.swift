import Testing

@testable import Forecasting

@Suite("Holt–Winters")
struct HoltWintersTests {
    @Test("A straight line is followed", arguments: [1, 3])
    func line(step: Int) {
        let block = StateBlock(floats: 16)
        var model = HoltWinters(season: 1, cells: block.cells(1))
        for value in 0..<3000 { model.learn(Float(value) / 100) }
        #expect(abs(model.forecast(step: step) - Float(2999 + step) / 100) < 0.015 * Float(step))
    }

    @Test("A season is repeated phase by phase", arguments: 1...8)
    func season(step: Int) {
        let block = StateBlock(floats: 16)
        var model = HoltWinters(season: 4, cells: block.cells(4))
        let phases: [Float] = [0, 5, -3, 1]
        for index in 0..<40 { model.learn(phases[index % 4]) }
        #expect(abs(model.forecast(step: step) - phases[(39 + step) % 4]) < 1e-3)
    }

    @Test("The damped sum equals its terms added", arguments: [1, 2, 12, 288])
    func damping(step: Int) {
        var sum: Float = 0
        var power: Float = 1
        for _ in 0..<step {
            power *= HoltWinters.phi
            sum += power
        }
        #expect(abs(HoltWinters.dampedSteps(step) - sum) < 1e-3 * sum)
    }
}
