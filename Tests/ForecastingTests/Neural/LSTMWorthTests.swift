import Testing

@testable import Forecasting

@Suite("Whether the network earns its keep")
struct LSTMWorthTests {
    private func learn(_ worth: inout LSTMWorth, both: Float, cost: Float, times: Int) {
        for _ in 0..<times { worth.learn(LSTMBlend.Errors(mix: 1, network: 1, both: both), cost: cost) }
    }

    @Test("It is used after the trial where the gain is worth the cost")
    func earns() {
        var worth = LSTMWorth()
        learn(&worth, both: 0.97, cost: 2, times: LSTMWorth.trial - 1)
        #expect(worth.stage == .trial)
        learn(&worth, both: 0.97, cost: 2, times: 1)
        #expect(worth.stage == .used)
        #expect(abs(worth.gain - 0.03) < 1e-3)
    }

    @Test("The same gain is not worth four times the cost")
    func tooDear() {
        var worth = LSTMWorth()
        learn(&worth, both: 0.97, cost: 8, times: 4 * LSTMWorth.trial)
        #expect(worth.stage == .resting)
    }

    @Test("It is left alone when the gain is gone, and tried again after a rest")
    func rest() {
        var worth = LSTMWorth()
        learn(&worth, both: 0.9, cost: 1, times: LSTMWorth.trial)
        #expect(worth.stage == .used)
        learn(&worth, both: 1.1, cost: 1, times: 4 * LSTMWorth.trial)
        #expect(worth.stage == .resting)
        for _ in 0..<16_383 { worth.skip() }
        #expect(worth.stage == .resting)
        worth.skip()
        #expect(worth.stage == .trial)
    }
}
