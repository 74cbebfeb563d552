import Testing

@testable import Foretail

@Suite("PresenceRate") struct PresenceRateTests {
    @Test("what is always there is expected, and its absence a surprise of at most twelve bits")
    func always() {
        var rate = PresenceRate()
        for _ in 0..<10_000 { rate.learn(true) }
        #expect(rate.probability(of: true) > 0.99)
        #expect(rate.probability(of: false) == 1.0 / 4_096)
    }

    @Test("it is the share of the past, and follows what changes within some hundred events")
    func share() {
        var rate = PresenceRate()
        for index in 0..<4_000 { rate.learn(index % 4 == 0) }
        #expect(abs(rate.probability(of: true) - 0.25) < 0.05)
        for _ in 0..<2_000 { rate.learn(true) }
        #expect(rate.probability(of: true) > 0.95)
    }
}
