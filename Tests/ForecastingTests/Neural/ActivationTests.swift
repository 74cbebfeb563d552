import Foundation
import Testing

@testable import Forecasting

@Suite("Squashing functions")
struct ActivationTests {
    @Test("They are those of the platform, to single precision")
    func accuracy() {
        var sigmoidError = 0.0
        var tangentError = 0.0
        for index in -3000...3000 {
            let x = Float(index) / 100
            let sigmoid = Activation.sigmoid(SIMD4(repeating: x))[2]
            let tangent = Activation.tangent(SIMD4(repeating: x))[1]
            sigmoidError = max(sigmoidError, abs(Double(sigmoid) - 1 / (1 + exp(-Double(x)))))
            tangentError = max(tangentError, abs(Double(tangent) - tanh(Double(x))))
        }
        #expect(sigmoidError < 1.2e-7)
        #expect(tangentError < 2.4e-7)
    }

    @Test("Far out they end at their limits", arguments: [200, 1e9, .infinity] as [Float])
    func limits(size: Float) {
        let ends = SIMD4(size, -size, size, -size)
        #expect(abs(Activation.sigmoid(ends) - SIMD4(1, 0, 1, 0)).max() < 1e-30 + 1e-7)
        #expect(Activation.tangent(ends) == SIMD4(1, -1, 1, -1))
    }

    private func abs(_ value: SIMD4<Float>) -> SIMD4<Float> { value.replacing(with: -value, where: value .< 0) }
    private func abs(_ value: Double) -> Double { Swift.abs(value) }
}
