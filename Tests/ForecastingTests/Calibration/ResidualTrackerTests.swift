import Testing

@testable import Forecasting

@Suite("ResidualTracker")
struct ResidualTrackerTests {
    @Test("Nothing learned is the identity", arguments: [0.01, 0.3, 0.55, 0.9])
    func identity(probability: Double) {
        #expect(abs(ResidualTracker().tracked(probability) - probability) < 1e-6)
    }

    @Test("What is lacking is added, near it and nowhere else")
    func bias() {
        var tracker = ResidualTracker()
        var noise = Noise(seed: 3)
        for _ in 0..<5000 {
            let probability = 0.6 + 0.2 * noise.uniform()
            tracker.learn(probability, hit: noise.uniform() < probability - 0.15, together: 1)
        }
        #expect(abs(tracker.tracked(0.7) - 0.55) < 0.03)
        #expect(abs(tracker.tracked(0.3) - 0.3) < 1e-6)
    }

    @Test("Those that end together forget no faster than one that ends alone")
    func together() {
        var alone = ResidualTracker()
        var many = ResidualTracker()
        for _ in 0..<300 { alone.learn(0.5, hit: true, together: 1) }
        for _ in 0..<300 { alone.learn(0.5, hit: false, together: 1) }
        for _ in 0..<300 { for _ in 0..<12 { many.learn(0.5, hit: true, together: 12) } }
        for _ in 0..<300 { for _ in 0..<12 { many.learn(0.5, hit: false, together: 12) } }
        // The second half weighs e^0.6 times the first: so much is remembered of it by both.
        #expect(abs(alone.tracked(0.5) - many.tracked(0.5)) < 0.03)
        #expect(many.tracked(0.5) < 0.4)
    }

    @Test("Its counts stay finite, and what it says a probability, however long it learns")
    func endurance() {
        var tracker = ResidualTracker()
        for index in 0..<300_000 { tracker.learn(index % 3 == 0 ? .nan : 1.4, hit: index % 2 == 0, together: 1) }
        for probability in [-1, 0, 0.5, 1, 2, Double.nan] {
            let value = tracker.tracked(probability)
            #expect(value > 0 && value < 1)
        }
        #expect(abs(tracker.tracked(1) - 0.5) < 0.04)
    }
}
