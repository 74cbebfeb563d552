import Testing

@testable import Forecasting

@Suite("Mixer")
struct MixerTests {
    private func experts(_ good: Float, _ bad: Float) -> ExpertVector {
        var experts = ExpertVector(repeating: bad)
        experts.middle[3] = good
        return experts
    }

    @Test("The expert that was right gets nearly all weight", arguments: [1, 2, 12, 288])
    func best(step: Int) {
        let block = StateBlock(floats: 512)
        var mixer = Mixer(step: step, cells: block.cells(Mixer.cellCount(step: step)))
        let all = ExpertVector(repeating: 1)
        var noise = Noise(seed: 1)
        for _ in 0..<300 {
            let target = Float(noise.normal())
            let said = experts(target + 0.1 * Float(noise.normal()), target + Float(noise.normal()))
            let mix = mixer.mix(said, active: all, bucket: 0)
            mixer.learn(said, firsts: mix.firsts, target: target, bucket: 0)
        }
        let value = mixer.mix(experts(1, 100), active: all, bucket: 0).value
        #expect(value < 1.5)
        withExtendedLifetime(block) {}
    }

    @Test("An expert that takes no part has no weight, however good")
    func inactive() {
        let block = StateBlock(floats: 512)
        var mixer = Mixer(step: 1, cells: block.cells(Mixer.cellCount(step: 1)))
        var active = ExpertVector(repeating: 1)
        active.middle[3] = 0
        for _ in 0..<50 {
            let said = experts(0, 1)
            let mix = mixer.mix(said, active: active, bucket: 1)
            #expect(abs(mix.value - 1) < 1e-5)
            mixer.learn(said, firsts: mix.firsts, target: 0, bucket: 1)
        }
        withExtendedLifetime(block) {}
    }

    @Test("Buckets tell apart who is right when")
    func buckets() {
        let block = StateBlock(floats: 512)
        var mixer = Mixer(step: 12, cells: block.cells(Mixer.cellCount(step: 12)))
        let all = ExpertVector(repeating: 1)
        for round in 0..<400 {
            let isEven = round % 2 == 0
            let said = experts(isEven ? 0 : 3, isEven ? 1 : 0)
            let mix = mixer.mix(said, active: all, bucket: round % 2)
            mixer.learn(said, firsts: mix.firsts, target: 0, bucket: round % 2)
        }
        let inGoodPhase = mixer.mix(experts(0, 1), active: all, bucket: 0).value
        let inBadPhase = mixer.mix(experts(0, 1), active: all, bucket: 1).value
        #expect(inGoodPhase < inBadPhase)
        withExtendedLifetime(block) {}
    }
}
