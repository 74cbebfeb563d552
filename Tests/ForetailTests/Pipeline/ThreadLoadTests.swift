import Testing

@testable import Foretail

@Suite("How busy a thread is") struct ThreadLoadTests {
    @Test("hot from half of the time, until less than a fifth of it; judged ten times a second")
    func judged() {
        var load = ThreadLoad(hotFrom: 50, coolBelow: 20)
        load.begin(1_000_000, worked: 7)
        #expect(!load.isDue(1_099_999))
        #expect(load.isDue(1_100_000))
        load.note(1_100_000, worked: 50_006)
        #expect(!load.isHot)
        load.note(1_200_000, worked: 100_006)
        #expect(load.isHot)
        load.note(1_300_000, worked: 140_006)
        #expect(load.isHot, "two fifths keep it so")
        load.note(1_400_000, worked: 159_006)
        #expect(!load.isHot)
        load.note(1_500_000, worked: 199_006)
        #expect(!load.isHot, "two fifths do not make it so")
    }

    @Test("another thread that takes over is judged from then on")
    func handedOver() {
        var load = ThreadLoad(hotFrom: 10, coolBelow: 3)
        load.begin(0, worked: 0)
        load.note(100_000, worked: 10_000)
        #expect(load.isHot)
        load.begin(150_000, worked: 900_000)
        #expect(!load.isDue(249_999))
        load.note(250_000, worked: 902_900)
        #expect(!load.isHot)
    }
}
