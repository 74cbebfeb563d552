import Testing

@testable import Forecasting

@Suite("Decimated sample")
struct DecimatedSampleTests {
    @Test("Shares are exact while everything is kept")
    func exact() {
        var sample = DecimatedSample(capacity: 64)
        for value in [1, 2, 2, 3, 5] { sample.insert(Double(value)) }
        #expect(sample.share(in: 2...3) == 0.6)
        #expect(sample.share(in: 4...4.5) == 0)
        #expect(sample.share(in: -1...9) == 1)
    }

    @Test("Shares stay close over a long past", arguments: [64, 100, 128])
    func long(capacity: Int) {
        var sample = DecimatedSample(capacity: capacity)
        var noise = Noise(seed: 1)
        for _ in 0..<50_000 { sample.insert(noise.uniform()) }
        #expect(abs(sample.share(in: 0...0.3) - 0.3) < 0.15)
    }

    @Test("The whole past counts alike, not the late one alone")
    func even() {
        var sample = DecimatedSample(capacity: 64)
        for index in 0..<10_000 { sample.insert(Double(index)) }
        #expect(abs(sample.share(in: 0...4999) - 0.5) < 0.05)
    }

    @Test("What is not a number is ignored, an empty sample has no share")
    func edges() {
        var sample = DecimatedSample(capacity: 2)
        sample.insert(.nan)
        #expect(sample.count == 0 && sample.share(in: 0...1) == 0)
    }
}
