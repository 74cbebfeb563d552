import Testing

@testable import Forecasting

@Suite("Calibrator")
struct CalibratorTests {
    /// The mean distance of stated and met over ten bins.
    private func error(of cases: [(stated: Double, hit: Bool)]) -> Double {
        var bins = [(stated: Double, hits: Double)](repeating: (0, 0), count: 10)
        for item in cases {
            let bin = min(Int(item.stated * 10), 9)
            bins[bin].stated += item.stated
            bins[bin].hits += item.hit ? 1 : 0
        }
        return bins.reduce(0) { $0 + abs($1.stated - $1.hits) } / Double(cases.count)
    }

    @Test("A crooked score becomes a probability", arguments: [0, 1, 2])
    func stationary(shape: Int) {
        var calibrator = Calibrator()
        var noise = Noise(seed: 1)
        var cases: [(stated: Double, hit: Bool)] = []
        for index in 0..<12_000 {
            let raw = noise.uniform()
            let truth = shape == 0 ? raw : shape == 1 ? raw * raw : 0.3 + 0.2 * raw
            let hit = noise.uniform() < truth
            if index >= 2000 { cases.append((calibrator.calibrated(raw), hit)) }
            calibrator.learn(raw: raw, hit: hit)
        }
        #expect(error(of: cases) < 0.03)
    }

    @Test("Nothing learned is the identity; little is believed a little")
    func shrinkage() {
        var calibrator = Calibrator()
        #expect(abs(calibrator.calibrated(0.9) - 0.9) < 1e-6)
        calibrator.learn(raw: 0.9, hit: false)
        #expect(calibrator.calibrated(0.9) < 0.9 && calibrator.calibrated(0.9) > 0.7)
    }

    @Test(
        "The standard error is about how far off the probability is, and shrinks with the cases",
        arguments: [20, 100, 600])
    func standardError(cases: Int) {
        var squared = 0.0
        var stated = 0.0
        for seed in 1...200 as ClosedRange<UInt64> {
            var calibrator = Calibrator()
            var noise = Noise(seed: seed)
            for _ in 0..<cases { calibrator.learn(raw: 0.6, hit: noise.uniform() < 0.6) }
            let distance = calibrator.calibrated(0.6) - 0.6
            squared += distance * distance / 200
            stated += calibrator.standardError(0.6) / 200
        }
        let met = squared.squareRoot()
        #expect(stated > met * 0.7 && stated < met * 2, "stated \(stated), met \(met)")
    }

    @Test("It recovers after a drift")
    func drift() {
        var distance = 0.0
        for seed in 1...20 as ClosedRange<UInt64> {
            var calibrator = Calibrator()
            var noise = Noise(seed: seed)
            for _ in 0..<5000 { calibrator.learn(raw: 0.9, hit: noise.uniform() < 0.9) }
            for _ in 0..<200 { calibrator.learn(raw: 0.9, hit: noise.uniform() < 0.3) }
            distance += abs(calibrator.calibrated(0.9) - 0.3) / 20
        }
        #expect(distance < 0.12)
    }

    @Test("Scores outside 0…1 are taken as the nearest", arguments: [-1, 2, Double.nan])
    func outside(raw: Double) {
        var calibrator = Calibrator()
        calibrator.learn(raw: raw, hit: true)
        #expect((0...1).contains(calibrator.calibrated(raw)))
    }
}
