import Testing

@testable import Forecasting

@Suite("Season detector")
struct SeasonDetectorTests {
    private static let hour: Int64 = 3_600_000_000

    @Test("A daily signal of hourly values has a season of 24", arguments: [96, 200, 1000, 4096])
    func daily(count: Int) {
        let values = dailyValues(count, noise: 1, seed: 1)
        #expect(SeasonDetector().detect(values, stepMicroseconds: Self.hour)?.period == 24)
    }

    @Test("A season of a day is found at any usual distance", arguments: [(48, 1800), (144, 600), (288, 300)])
    func steps(season: Int, seconds: Int64) {
        let values = dailyValues(4 * season, season: season, noise: 1, seed: 2)
        #expect(SeasonDetector().detect(values, stepMicroseconds: seconds * 1_000_000)?.period == season)
    }

    @Test("An hourly job among five-minute values has a season of 12")
    func hourly() {
        var noise = Noise(seed: 3)
        let values = (0..<1000).map { ($0 % 12 == 5 ? 8 : 0) + noise.normal() }
        #expect(SeasonDetector().detect(values, stepMicroseconds: 300_000_000)?.period == 12)
    }

    @Test("Without a known distance any length is found", arguments: [7, 10, 33])
    func free(season: Int) {
        let values = dailyValues(1000, season: season, noise: 0.5, seed: 4)
        #expect(SeasonDetector().detect(values, stepMicroseconds: nil)?.period == season)
    }

    @Test("Noise has no season", arguments: 1...20 as ClosedRange<UInt64>)
    func noise(seed: UInt64) {
        var noise = Noise(seed: seed)
        let values = (0..<1024).map { _ in noise.normal() }
        #expect(SeasonDetector().detect(values, stepMicroseconds: Self.hour) == nil)
        #expect(SeasonDetector().detect(values, stepMicroseconds: nil) == nil)
    }

    @Test("A random walk has no season of the calendar", arguments: [64, 256, 1024, 4096])
    func walk(count: Int) {
        var found = 0
        for seed in 1...50 as ClosedRange<UInt64> {
            var noise = Noise(seed: seed)
            var level = 0.0
            let values = (0..<count).map { _ in
                level += noise.normal()
                return level
            }
            for step in [Self.hour, 300_000_000] where SeasonDetector().detect(values, stepMicroseconds: step) != nil {
                found += 1
            }
        }
        #expect(found <= 6, "of 100")
    }

    @Test("The autocorrelation equals its definition", arguments: [5, 64, 100])
    func autocorrelation(count: Int) {
        var noise = Noise(seed: 6)
        let values = (0..<count).map { _ in noise.normal() }
        let power = values.reduce(0) { $0 + $1 * $1 } / Double(count)
        for (lag, found) in FourierTransform.autocorrelation(values).enumerated() {
            let sum = (0..<(count - lag)).reduce(0.0) { $0 + values[$1] * values[$1 + lag] }
            #expect(abs(found - sum / Double(count - lag) / power) < 1e-9)
        }
    }

    @Test("The transform equals its definition", arguments: [1, 2, 8, 64])
    func transform(count: Int) {
        var noise = Noise(seed: 5)
        let values = (0..<count).map { _ in noise.normal() }
        var real = values
        var imaginary = [Double](repeating: 0, count: count)
        FourierTransform(size: count).forward(&real, &imaginary)
        for k in 0..<count {
            var re = 0.0
            var im = 0.0
            for j in 0..<count {
                let angle = -2 * Double.pi * Double(j * k % count) / Double(count)
                re += values[j] * cosine(angle)
                im += values[j] * sine(angle)
            }
            #expect(abs(real[k] - re) < 1e-9 && abs(imaginary[k] - im) < 1e-9)
        }
    }
}
