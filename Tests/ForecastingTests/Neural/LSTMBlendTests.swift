import Testing

@testable import Forecasting

@Suite("Blend of mix and network")
struct LSTMBlendTests {
    /// The share after 800 values of which the mix misses a part that the network sees in full, or not at all.
    private func share(sees: Double, noise scale: Double) -> (share: Float, mix: Float, both: Float) {
        var blend = LSTMBlend()
        var noise = Noise(seed: 12)
        var sums = (mix: Float(0), both: Float(0))
        for _ in 0..<800 {
            let hidden = noise.normal()
            let mix = Float(noise.normal())
            _ = blend.mixed(mix, own: mix + Float(sees * hidden + scale * noise.normal()))
            guard let errors = blend.learn(mix + Float(hidden), unit: 1) else { continue }
            sums.mix += errors.mix
            sums.both += errors.both
        }
        return (blend.share, sums.mix, sums.both)
    }

    @Test("A network that sees what the mix misses has most of the forecast")
    func sees() {
        let found = share(sees: 1, noise: 0.1)
        #expect(found.share > 0.7)
        #expect(found.both < 0.4 * found.mix)
    }

    @Test("A network that adds noise has nearly no part, and costs nearly nothing")
    func noise() {
        let found = share(sees: 0, noise: 1)
        #expect(found.share < 0.1)
        #expect(found.both < 1.01 * found.mix)
    }

    @Test("What was not said is not judged")
    func silent() {
        var blend = LSTMBlend()
        #expect(blend.learn(1, unit: 1) == nil)
        #expect(blend.mixed(2, own: 5) == 2)
        #expect(blend.learn(1, unit: 1) != nil)
        #expect(blend.learn(1, unit: 1) == nil)
    }
}
