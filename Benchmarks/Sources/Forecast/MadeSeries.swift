import BenchmarkSupport
import ForetailTesting
import Glibc

/// Deterministic series of kinds that the public ones do not cover.
enum MadeSeries {
    /// A day with two bumps, a weekend and autocorrelated noise.
    static func seasonal(count: Int, season: Int, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        var noise = 0.0
        return (0..<count).map { index in
            noise = 0.7 * noise + 2 * random.normal()
            let phase = Double(index % season) / Double(season)
            let weekend = (index / season) % 7 >= 5 ? 0.7 : 1
            return 50 + weekend * 20 * (sin(2 * .pi * phase) + 0.5 * sin(4 * .pi * phase + 1)) + noise
        }
    }

    /// One of each kind, hourly, 3,000 values.
    static func all() -> [RegularSeries] {
        var random = SeededGenerator(seed: 7)
        let day = seasonal(count: 3000, season: 24, seed: 3)
        var walk = 0.0
        var level = 0.0
        let normal = (0..<3000).map { _ in random.normal() }
        let uniform = (0..<3000).map { _ in Double(random.below(1 << 30)) / Double(1 << 30) }
        let kinds: [(String, [Double])] = [
            ("seasonal", day),
            ("trend", day.enumerated().map { $0.element + 0.1 * Double($0.offset) }),
            ("steep trend", day.enumerated().map { 0.05 * $0.element + 3 * Double($0.offset) }),
            ("growing", day.enumerated().map { $0.element * exp(0.0015 * Double($0.offset)) }),
            ("level shifts", day.enumerated().map { $0.element + 60 * Double($0.offset / 500 % 3) }),
            ("hundredfold step", day.enumerated().map { $0.offset < 1500 ? $0.element : 100 * $0.element }),
            ("intermittent", uniform.indices.map { uniform[$0] < 0.1 ? 5 + 2 * normal[$0] : 0 }),
            ("rare spikes", day.indices.map { day[$0] + (uniform[$0] < 0.01 ? 500 : 0) }),
            ("heavy tail", normal.indices.map { 10 + normal[$0] / max(abs(normal[($0 + 1) % 3000]), 0.01) }),
            ("log-normal", normal.map { exp(1.5 * $0) }),
            (
                "random walk",
                normal.map {
                    walk += $0; return walk
                }
            ),
            (
                "autoregression",
                normal.map {
                    level = 0.8 * level + $0; return level
                }
            ),
            ("white noise", normal),
            ("counts", day.indices.map { max((day[$0] / 15 + normal[$0]).rounded(), 0) }),
            ("binary", day.indices.map { uniform[$0] < day[$0] / 100 ? 1 : 0 }),
            ("tiny scale", day.map { 1e-12 * $0 }),
            ("huge scale", day.map { 1e12 * $0 + 1e15 }),
            ("tiny on huge", day.map { 1e9 + 1e-3 * $0 }),
            ("sawtooth", (0..<3000).map { Double($0 % 37) }),
            ("pure sine", (0..<3000).map { sin(2 * .pi * Double($0) / 24) }),
            ("near constant", normal.indices.map { uniform[$0] < 0.005 ? normal[$0] : 3 }),
            ("stops", day.indices.map { $0 < 2000 ? day[$0] : 40 }),
        ]
        return kinds.map { name, values in
            RegularSeries(
                name: name, season: 24, values: values, times: values.indices.map { Int64($0) * 3_600_000_000 })
        }
    }
}
