import Testing

@testable import Forecasting

@Suite("Histogram of log gaps")
struct LogGapHistogramTests {
    @Test("Tied gaps are met exactly, whatever else there is", arguments: [0.05, 0.3, 0.5, 0.69] as [Float])
    func ties(level: Float) {
        var histogram = LogGapHistogram()
        for index in 0..<1000 { histogram.learn(index % 10 < 7 ? 600_000_007 : 1_200_000_000 + Int64(index)) }
        #expect(histogram.quantile(level) == 600_000_007)
    }

    @Test("Quantiles are interpolated within wide bins", arguments: [0.1, 0.25, 0.5, 0.75, 0.9] as [Float])
    func interpolation(level: Float) {
        var histogram = LogGapHistogram()
        var noise = Noise(seed: 21)
        // A gap of 1 and one of 10^11 widen the bins to a doubling.
        histogram.learn(1)
        histogram.learn(100_000_000_000)
        for _ in 0..<4000 { histogram.learn(Int64(1e6 * (1 + 7 * noise.uniform()))) }
        let exact = 1e6 * (1 + 7 * Double(level))
        #expect(abs(histogram.quantile(level) - exact) < 0.1 * exact)
    }

    @Test("The share up to a quantile is its level", arguments: [0.1, 0.5, 0.9] as [Float])
    func inverse(level: Float) {
        var histogram = LogGapHistogram()
        var noise = Noise(seed: 22)
        for _ in 0..<2000 { histogram.learn(Int64(1e6 * noise.exponential())) }
        #expect(abs(histogram.share(upTo: histogram.quantile(level), isStrict: false) - level) < 0.03)
    }

    @Test("Ends of a window count where gaps are tied")
    func strictness() {
        var histogram = LogGapHistogram()
        for index in 0..<100 { histogram.learn(index % 2 == 0 ? 0 : 5_000_000) }
        #expect(histogram.share(upTo: 0, isStrict: true) == 0)
        #expect(abs(histogram.share(upTo: 0, isStrict: false) - 0.5) < 0.01)
        #expect(abs(histogram.share(upTo: 5_000_000, isStrict: true) - 0.5) < 0.01)
        #expect(histogram.share(upTo: 5_000_000, isStrict: false) == 1)
    }

    @Test("A mixture of rows leans on all gaps until its context is known")
    func mixture() {
        var histogram = LogGapHistogram()
        histogram.addRows(2)
        for index in 0..<400 {
            let isFirst = index % 4 == 0
            histogram.learn(isFirst ? 1_000_000 : 9_000_000, first: isFirst ? 1 : 0)
        }
        let known = LogGapHistogram.Mixture(histogram, mixing: 1, 2, prior: 8)
        #expect(known.quantile(0.5, of: histogram) == 1_000_000)
        let unknown = LogGapHistogram.Mixture(histogram, mixing: 2, 2, prior: 8)
        #expect(unknown.quantile(0.5, of: histogram) == 9_000_000)
    }

    @Test("Weights survive a hundred thousand gaps")
    func long() {
        var histogram = LogGapHistogram()
        var noise = Noise(seed: 23)
        for _ in 0..<100_000 { histogram.learn(Int64(1e6 * (1 + noise.uniform()))) }
        #expect(abs(histogram.count - 500) < 1)
        #expect(abs(histogram.quantile(0.5) - 1.5e6) < 0.06e6)
    }
}
