import Testing

@testable import Forecasting

@Suite("SelectionCalibrator")
struct SelectionCalibratorTests {
    @Test("Nothing learned is the identity", arguments: [0.01, 0.3, 0.5, 0.9])
    func identity(estimate: Double) {
        let calibrator = SelectionCalibrator()
        let regressed = calibrator.regressed(mapped: calibrator.mapped(estimate), baseRate: 0.3)
        #expect(abs(calibrator.calibrated(regressed: regressed) - estimate) < 1e-6)
    }

    @Test("Estimates that are mostly error are drawn to the middle, and to the base rate")
    func noisyEstimates() {
        var calibrator = SelectionCalibrator()
        var noise = Noise(seed: 4)
        var stated: [Int: (sum: Double, hits: Double, count: Double)] = [:]
        for index in 0..<30_000 {
            let baseRate = noise.uniform() < 0.5 ? 0.2 : 0.45
            let truth = baseRate + 0.1 * noise.uniform()
            let estimate = min(max(truth + 0.15 * noise.normal(), 0.02), 0.98)
            let mapped = calibrator.mapped(estimate)
            let regressed = calibrator.regressed(mapped: mapped, baseRate: baseRate)
            let confidence = calibrator.calibrated(regressed: regressed)
            let hit = noise.uniform() < truth
            if index >= 10_000 {
                let bin = (baseRate < 0.3 ? 0 : 10) + Int(confidence * 10)
                let old = stated[bin] ?? (0, 0, 0)
                stated[bin] = (old.sum + confidence, old.hits + (hit ? 1 : 0), old.count + 1)
            }
            calibrator.learn(
                estimate: estimate, mapped: mapped, regressed: regressed, baseRate: baseRate, hit: hit, together: 1)
        }
        let error = stated.values.reduce(0) { $0 + abs($1.sum - $1.hits) } / 20_000
        #expect(error < 0.03, "\(error)")
    }

    @Test("It stays a probability however long and whatever it learns", arguments: [1, 2] as [UInt64])
    func endurance(seed: UInt64) {
        var calibrator = SelectionCalibrator()
        var noise = Noise(seed: seed)
        for index in 0..<200_000 {
            let estimate = index % 7 == 0 ? .nan : noise.uniform()
            let baseRate = index % 5 == 0 ? 0 : noise.uniform()
            let mapped = calibrator.mapped(estimate)
            calibrator.learn(
                estimate: estimate, mapped: mapped, regressed: calibrator.regressed(mapped: mapped, baseRate: baseRate),
                baseRate: baseRate, hit: noise.uniform() < 0.5, together: 1)
        }
        for estimate in [0, 0.5, 1, .nan] {
            let regressed = calibrator.regressed(mapped: calibrator.mapped(estimate), baseRate: 0.3)
            let value = calibrator.calibrated(regressed: regressed)
            #expect(value > 0 && value < 1)
        }
    }
}
