import Testing

@testable import Forecasting

@Suite("Mixer")
struct MixerTests {
    private static let three = Mixer.Shape(memories: 3, buckets: 4, localShare: 1)
    private static let one = Mixer.Shape(memories: 1, buckets: 8, localShare: 2)

    private func experts(_ good: Float, _ bad: Float) -> ExpertVector {
        var experts = ExpertVector(repeating: bad)
        experts.second[3] = good
        return experts
    }

    @Test("The expert that was right gets nearly all weight", arguments: [1, 2, 12, 288])
    func best(step: Int) {
        let shape = step <= 2 ? Self.three : Self.one
        let block = StateBlock(floats: 512)
        var mixer = Mixer(step: step, shape: shape, cells: block.cells(Mixer.cellCount(shape)))
        let all = ExpertVector(repeating: 1)
        var noise = Noise(seed: 1)
        for _ in 0..<300 {
            let target = Float(noise.normal())
            let said = experts(target + 0.1 * Float(noise.normal()), target + Float(noise.normal()))
            let mix = mixer.mix(said, active: all, bucket: 0)
            mixer.learn(said, firsts: mix.firsts, target: target, bucket: 0, isAnyAsleep: false)
        }
        let value = mixer.mix(experts(1, 100), active: all, bucket: 0).value
        #expect(value < 1.5)
        withExtendedLifetime(block) {}
    }

    @Test("An expert that takes no part has no weight, however good")
    func inactive() {
        let block = StateBlock(floats: 512)
        var mixer = Mixer(step: 1, shape: Self.three, cells: block.cells(Mixer.cellCount(Self.three)))
        var active = ExpertVector(repeating: 1)
        active.second[3] = 0
        for _ in 0..<50 {
            let said = experts(0, 1)
            let mix = mixer.mix(said, active: active, bucket: 1)
            #expect(abs(mix.value - 1) < 1e-5)
            mixer.learn(said, firsts: mix.firsts, target: 0, bucket: 1, isAnyAsleep: false)
        }
        withExtendedLifetime(block) {}
    }

    @Test("Buckets tell apart who is right when")
    func buckets() {
        let block = StateBlock(floats: 512)
        var mixer = Mixer(step: 12, shape: Self.one, cells: block.cells(Mixer.cellCount(Self.one)))
        let all = ExpertVector(repeating: 1)
        for round in 0..<400 {
            let isEven = round % 2 == 0
            let said = experts(isEven ? 0 : 3, isEven ? 1 : 0)
            let mix = mixer.mix(said, active: all, bucket: round % 2)
            mixer.learn(said, firsts: mix.firsts, target: 0, bucket: round % 2, isAnyAsleep: false)
        }
        let inGoodPhase = mixer.mix(experts(0, 1), active: all, bucket: 0).value
        let inBadPhase = mixer.mix(experts(0, 1), active: all, bucket: 1).value
        #expect(inGoodPhase < inBadPhase)
        withExtendedLifetime(block) {}
    }

    @Test("Whoever slept keeps the ratio of its loss to that of the mix")
    func sleeper() {
        let block = StateBlock(floats: 512)
        var mixer = Mixer(step: 1, shape: Self.three, cells: block.cells(Mixer.cellCount(Self.three)))
        for round in 0..<600 {
            var said = experts(2, 3)
            said.first[2] = 1
            if round >= 100 { said.second[3] = .nan }
            // The errors of all others fall to a tenth while it sleeps.
            if round >= 100 { said = said * 0.1 }
            mixer.learn(said, firsts: .zero, target: 0, bucket: 0, isAnyAsleep: round >= 100)
        }
        let shares = mixer.shares()
        #expect(abs(shares[2] / shares[7] - 256) < 3)
        withExtendedLifetime(block) {}
    }
}
