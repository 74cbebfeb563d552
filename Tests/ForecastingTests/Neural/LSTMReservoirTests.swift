import Testing

@testable import Forecasting

@Suite("Windows to train on")
struct LSTMReservoirTests {
    private let shape = LSTMShape(inputs: 4, hidden: 4, outputs: 1)

    @Test("No more are kept than the limit, and the recent stay longer")
    func bound() {
        var reservoir = LSTMReservoir(limit: 20, seed: 1)
        for index in 0..<400 { reservoir.add(LSTMWindow(shape: shape, steps: index + 1)) }
        #expect(reservoir.windows.count == 20)
        let ages = reservoir.windows.map { 400 - $0.steps }
        #expect(ages.reduce(0, +) / 20 < 60)
    }

    @Test("A window that weighs more is drawn more often")
    func weight() {
        let windows = (0..<10).map { LSTMWindow(shape: shape, steps: 1, weight: $0 == 0 ? 3 : 1) }
        var numbers = SeededNumbers(seed: 4)
        var heavy = 0
        for _ in 0..<6000
        where LSTMReservoir.draw(windows, greatest: 3, numbers: &numbers).weight == 3 { heavy += 1 }
        #expect(abs(heavy - 1500) < 150)
    }
}
