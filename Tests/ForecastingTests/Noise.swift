import Forecasting

/// Pseudo-random numbers from a seed, the same everywhere (SplitMix64), so that every test is repeatable.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number in 0..<1.
    mutating func uniform() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }

    /// About normal, mean 0 and deviation 1: the sum of twelve uniform numbers.
    mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }

    /// Exponential with mean 1, within 1/1000 of its tail.
    mutating func exponential() -> Double {
        // Von Neumann's comparison of uniform numbers needs no logarithm.
        var whole = 0.0
        while true {
            let first = uniform()
            var last = first
            var runs = 1
            while true {
                let next = uniform()
                if next > last { break }
                last = next
                runs += 1
            }
            if runs % 2 == 1 { return whole + first }
            whole += 1
        }
    }
}

/// A day of 24 values with a bump, repeated, with some noise.
func dailyValues(_ count: Int, season: Int = 24, noise scale: Double, seed: UInt64) -> [Double] {
    var noise = Noise(seed: seed)
    return (0..<count).map { index in
        let phase = Double(index % season) / Double(season)
        return 10 + 40 * phase * (1 - phase) + scale * noise.normal()
    }
}
