import Testing

@testable import Forecasting

@Suite("Elementary functions of four numbers")
struct ElementaryTests {
    @Test("The exponential is right to 4 parts in 10 million", arguments: [-80, -10.5, -1, -0.3, 0, 1e-6, 0.5, 3, 60])
    func exponentials(value: Float) {
        let expected = exponential(Double(value))
        let found = Double(SIMD4<Float>(repeating: value).exponential[2])
        // Beyond 1 the argument itself is not known better than to its last bit.
        #expect(abs(found / expected - 1) < 4e-7 * max(1, Double(abs(value))))
    }

    @Test("The logarithm is right to single precision", arguments: [1e-30, 0.01, 0.7, 0.72, 1, 1.4142, 2, 77, 1e30])
    func logarithms(value: Float) {
        let expected = logarithm(Double(value))
        #expect(abs(Double(SIMD4<Float>(repeating: value).logarithm[1]) - expected) < 3e-7 * max(1, abs(expected)))
    }

    @Test("sinh undoes asinh", arguments: [-1e6, -3, -0.2, 0, 0.01, 1, 250])
    func inverse(value: Float) {
        let there = SIMD4<Float>(repeating: value).inverseHyperbolicSine[0]
        #expect(abs(there.hyperbolicSine - value) < 3e-6 * max(1, abs(value)))
    }

    @Test("A negative lane is seen in either vector")
    func negative() {
        let positive = SIMD4<Float>(1, 2, 3, 4)
        #expect(!SIMD4.anyIsNegative(positive, positive))
        for lane in 0..<4 {
            var other = positive
            other[lane] = -1
            #expect(SIMD4.anyIsNegative(positive, other) && SIMD4.anyIsNegative(other, positive))
        }
    }
}
