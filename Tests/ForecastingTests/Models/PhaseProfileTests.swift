import Testing

@testable import Forecasting

@Suite("Phase profile")
struct PhaseProfileTests {
    @Test("The usual value of a phase is its mean")
    func mean() {
        let block = StateBlock(floats: 16)
        var model = PhaseProfile(season: 2, weekly: false, cells: block.cells(2))
        for value in [1, 10, 3, 20] as [Float] { model.learn(value) }
        #expect(model.usual(phase: 0) == 2)
        #expect(model.usual(phase: 1) == 15)
    }

    @Test("A lasting deviation is carried on, a passing one is not", arguments: [true, false])
    func deviation(lasts: Bool) {
        let block = StateBlock(floats: 16)
        var model = PhaseProfile(season: 4, weekly: false, cells: block.cells(4))
        var noise = Noise(seed: 3)
        var level = 0.0
        for index in 0..<4000 {
            let shock = noise.normal()
            level = lasts ? 0.9 * level + shock : shock
            model.learn(Float(level) + Float(index % 4))
        }
        model.learn(5)
        let next = model.forecast(step: 1) - model.usual(phase: 1)
        #expect(lasts ? next > 2.5 : next < 1.5)
    }

    @Test("Weekly phases speak once they were visited twice")
    func week() {
        let block = StateBlock(floats: 32)
        var model = PhaseProfile(season: 2, weekly: true, cells: block.cells(16))
        for index in 0..<29 { model.learn(index % 14 == 3 ? 9 : 1) }
        #expect(model.usual(weekPhase: 3, missing: 0) == 9)
        #expect(model.forecast(step: 3) == 9)
    }
}
