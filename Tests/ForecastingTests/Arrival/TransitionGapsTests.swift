import Testing

@testable import Forecasting

@Suite("Gaps of transitions")
struct TransitionGapsTests {
    @Test("Quantiles are those of the latest 32 gaps, in whatever order they came")
    func quantiles() throws {
        var gaps = TransitionGaps()
        var noise = Noise(seed: 1)
        var all: [Int64] = []
        for _ in 0..<100 {
            let gap = Int64(1_000_000 * noise.exponential())
            all.append(gap)
            gaps.learn(from: 1, to: 2, gapMicroseconds: gap)
        }
        let sorted = all.suffix(32).sorted().map { Double(Float($0)) }
        let place = try #require(gaps.find(from: 1, to: 2))
        for level in [Float(0.05), 0.25, 0.5, 0.75, 0.95] {
            let position = Double(level * 32 - 0.5)
            let below = Int(position)
            let expected = sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
            #expect(abs(gaps.quantile(level, at: place) - expected) <= 1e-4 * expected)
        }
    }

    @Test("Seven gaps are too few")
    func tooFew() {
        var gaps = TransitionGaps()
        for _ in 0..<7 { gaps.learn(from: 1, to: 2, gapMicroseconds: 5) }
        #expect(gaps.find(from: 1, to: 2) == nil)
        gaps.learn(from: 1, to: 2, gapMicroseconds: 5)
        #expect(gaps.find(from: 1, to: 2) != nil)
        #expect(gaps.find(from: 2, to: 1) == nil)
    }

    @Test("The table stays within its bound on endless transitions, and keeps what is in use")
    func bound() {
        var gaps = TransitionGaps()
        for symbol in 0..<Int32(50_000) {
            gaps.learn(from: symbol, to: symbol + 1, gapMicroseconds: 7)
            if symbol % 2 == 0 { gaps.learn(from: 1, to: 0, gapMicroseconds: 9) }
        }
        #expect(gaps.bytes <= 4_096 * 272)
        let place = gaps.find(from: 1, to: 0)
        #expect(place.map { gaps.quantile(0.5, at: $0) } == 9)
    }

    @Test("Gaps at the ends of what a clock can show do no harm")
    func extremes() throws {
        var gaps = TransitionGaps()
        for gap in [Int64.max, -5, 0, 1, .max, 3, 4, 5, 6] { gaps.learn(from: 0, to: 0, gapMicroseconds: gap) }
        let place = try #require(gaps.find(from: 0, to: 0))
        #expect(gaps.quantile(0.01, at: place) == 0)
        #expect(Int64(gaps.quantile(0.99, at: place)) > 0)
    }

    @Test("A snapshot goes on as if nothing had happened")
    func snapshot() throws {
        var gaps = TransitionGaps()
        var noise = Noise(seed: 3)
        for _ in 0..<3_000 {
            gaps.learn(
                from: Int32(noise.uniform() * 20), to: Int32(noise.uniform() * 20),
                gapMicroseconds: Int64(noise.exponential() * 1e6))
        }
        var writer = SnapshotCoder()
        try gaps.pass(through: &writer)
        var reader = SnapshotCoder(reading: writer.bytes, 0..<writer.bytes.count)
        var copy = TransitionGaps()
        try copy.pass(through: &reader)
        try reader.finish()
        for from in Int32(0)..<20 {
            for to in Int32(0)..<20 {
                gaps.learn(from: from, to: to, gapMicroseconds: 77)
                copy.learn(from: from, to: to, gapMicroseconds: 77)
                #expect(
                    gaps.find(from: from, to: to).map { gaps.quantile(0.4, at: $0) }
                        == copy.find(from: from, to: to).map { copy.quantile(0.4, at: $0) })
            }
        }
    }
}
