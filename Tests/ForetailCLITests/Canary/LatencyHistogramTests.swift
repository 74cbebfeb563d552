import ForetailTesting
import Testing

@testable import ForetailCLI

@Suite("LatencyHistogram") struct LatencyHistogramTests {
    @Test("A quantile is right to a sixty-fourth, over ten powers of ten")
    func precision() throws {
        var generator = SeededGenerator(seed: 7)
        var histogram = LatencyHistogram()
        var values: [Int64] = []
        for _ in 0..<20_000 {
            let value = Int64.random(in: 0..<10, using: &generator) << Int64.random(in: 0..<40, using: &generator)
            values.append(value)
            histogram.add(value)
        }
        values.sort()
        for share in [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[max(0, Int((share * 20_000).rounded(.up)) - 1)]
            let found = try #require(histogram.quantile(share))
            #expect(found >= exact)
            #expect(Double(found) <= Double(exact) * (1 + 1.0 / 64) + 1, "\(share): \(found), exactly \(exact)")
        }
        #expect(histogram.largest == values.last)
        #expect(histogram.sum == values.reduce(0, +))
    }

    @Test("The ends of the range have places, and none is given back that was not seen")
    func ends() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        histogram.add(-5)
        histogram.add(.max)
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.quantile(1) == .max)
        var single = LatencyHistogram()
        single.add(1_000)
        #expect(single.quantile(0.5) == 1_000)
    }

    @Test("What is at most as long as a bound grows with the bound, from none to all")
    func counts() {
        var histogram = LatencyHistogram()
        for value in 0..<1_000 { histogram.add(Int64(value)) }
        #expect(histogram.count(atMost: 63) == 64)
        #expect(histogram.count(atMost: 127) == 128)
        #expect(histogram.count(atMost: 1_000_000) == 1_000)
        var last = 0
        for bound in stride(from: Int64(0), to: 1_200, by: 7) {
            let now = histogram.count(atMost: bound)
            #expect(now >= last)
            last = now
        }
    }
}
