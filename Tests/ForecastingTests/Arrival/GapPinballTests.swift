import Testing

@testable import Forecasting

@Suite("Pinball of gaps")
struct GapPinballTests {
    @Test("The loss is the mean pinball of logarithms")
    func byHand() {
        var account = GapPinball(warmUp: 1, resolutionMicroseconds: 1)
        let told = GapQuantiles(9, 99, 999, 999, 999)
        account.add(gapMicroseconds: 99, quantiles: told)
        #expect(account.gapPinball == nil)
        account.add(gapMicroseconds: 999, quantiles: told)
        // Two decades at .05 and one at .25, over five levels.
        let decade = logarithm(10.0)
        #expect(abs(account.gapPinball! - (0.05 * 2 + 0.25) * decade / 5) < 1e-12)
        // All empirical quantiles were 99: one decade at each level.
        #expect(abs(account.gapPinballEmpirical! - 0.5 * decade) < 1e-12)
        #expect(account.count == 1)
    }

    @Test("Where none were told, both losses are the same")
    func none() {
        var account = GapPinball(warmUp: 10)
        var noise = Noise(seed: 41)
        for _ in 0..<200 { account.add(gapMicroseconds: Int64(1e6 * noise.exponential()), quantiles: nil) }
        #expect(account.gapPinball == account.gapPinballEmpirical)
        #expect(account.count == 190)
    }

    @Test("Empirical quantiles stay right beyond the sample's capacity")
    func thinning() {
        var quantiles = EmpiricalQuantiles()
        quantiles.learn(.nan)
        #expect(quantiles.quantile(0.5).isNaN)
        var noise = Noise(seed: 42)
        for _ in 0..<40_000 { quantiles.learn(noise.uniform()) }
        #expect(abs(quantiles.quantile(0.05) - 0.05) < 0.01)
        #expect(abs(quantiles.quantile(0.5) - 0.5) < 0.02)
        #expect(abs(quantiles.quantile(0.95) - 0.95) < 0.01)
    }
}
