import Testing

@testable import Foretail

@Suite("PastSample") struct PastSampleTests {
    private func filled(_ count: Int, capacity: Int = 16) -> PastSample {
        var sample = PastSample(capacity: capacity, stepCount: 1, fieldCount: 1)
        for ordinal in 1...count where sample.admit(ordinal: ordinal) {
            sample.setGap(step: 0, microseconds: Int64(ordinal % 2 == 0 ? 10 : 20))
            sample.setValue(field: 0, Double(ordinal))
        }
        return sample
    }

    @Test("an empty past says 1: little past means a high base rate")
    func emptyPast() {
        let sample = PastSample(capacity: 8, stepCount: 1, fieldCount: 1)
        #expect(sample.gapShare(step: 0, low: 0, high: 1) == 1)
        let assertion = Assertion(field: 0, isCategory: false, value: 1, tolerance: 0)
        #expect(sample.agreementShare(assertion, []) == 1)
    }

    @Test("it never holds more than its capacity, and never much less than half", arguments: [20, 100, 1_000, 20_000])
    func staysWithinCapacity(count: Int) {
        let sample = filled(count)
        #expect(sample.count <= 16)
        #expect(sample.count >= 4)
    }

    @Test("shares come near those of the whole past")
    func sharesAreFair() {
        let sample = filled(10_000, capacity: 256)
        #expect(abs(sample.gapShare(step: 0, low: 10, high: 10) - 0.5) < 0.1)
        let half = Assertion(field: 0, isCategory: false, value: 2_500, tolerance: 2_500)
        #expect(abs(sample.agreementShare(half, []) - 0.5) < 0.1)
    }

    @Test("a missing value agrees with nothing, an unknown gap does not count")
    func missing() {
        var sample = PastSample(capacity: 8, stepCount: 2, fieldCount: 2)
        for ordinal in 1...4 where sample.admit(ordinal: ordinal) {
            sample.setValue(field: 0, 1)
            sample.setGap(step: 0, microseconds: 5)
        }
        let present = Assertion(field: 0, isCategory: false, value: 1, tolerance: 0)
        let absent = Assertion(field: 1, isCategory: false, value: 1, tolerance: 9)
        #expect(sample.agreementShare(present, []) == 1)
        #expect(sample.agreementShare(present, [absent]) == 0.2)
        #expect(sample.gapShare(step: 0, low: 0, high: 4) == 0.2)
        #expect(sample.gapShare(step: 1, low: 0, high: 4) == 1)
    }

    @Test("a field that came later or changed its kind begins without values")
    func resizeAndReset() {
        var sample = filled(8, capacity: 8)
        sample.resize(stepCount: 1, fieldCount: 2)
        let count = Double(sample.count)
        let later = Assertion(field: 1, isCategory: false, value: 0, tolerance: 1e9)
        #expect(sample.agreementShare(later, []) == 1 / (count + 1))
        let first = Assertion(field: 0, isCategory: false, value: 0, tolerance: 1e9)
        #expect(sample.agreementShare(first, []) == 1)
        sample.reset(field: 0)
        #expect(sample.agreementShare(first, []) == 1 / (count + 1))
    }
}
