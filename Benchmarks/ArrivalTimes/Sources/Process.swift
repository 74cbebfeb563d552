import Foundation

/// Processes of arrivals made from a seed.
enum Process: CaseIterable {
    case poisson, gammaHalf, gammaFour, hawkes, twoStates, jitteredCron, beatsMissing, onOff, tiedSeconds, dailyPause
    case driftingRate

    /// So many gaps, in microseconds.
    func gaps(count: Int, seed: UInt64) -> [Int64] {
        var random = Random(state: seed &* 0x9e37_79b9 &+ UInt64(Process.allCases.firstIndex(of: self)!))
        var state = Walk()
        var gaps: [Int64] = []
        for index in 0..<count {
            let gap = seconds(index, &state, &random)
            state.time += gap
            gaps.append(Int64((gap * 1e6).rounded()))
        }
        guard self == .tiedSeconds else { return gaps }
        var time: Int64 = 0
        return gaps.map { gap in
            let before = time / 1_000_000
            time += gap
            return (time / 1_000_000 - before) * 1_000_000
        }
    }

    /// What a process remembers.
    private struct Walk {
        var time = 0.0
        var excitation = 0.0
        var isFast = false
        var offset = 0.0
    }

    private func seconds(_ index: Int, _ state: inout Walk, _ random: inout Random) -> Double {
        switch self {
        case .poisson: return random.exponential()
        case .gammaHalf:
            let normal = random.normal()
            return normal * normal
        case .gammaFour: return (0..<4).reduce(0) { sum, _ in sum + random.exponential() } / 4
        case .hawkes:
            // Ogata's thinning: base rate .3, each arrival adds .7 · 2 · exp(−2 t).
            var waited = 0.0
            while true {
                let bound = 0.3 + state.excitation
                let step = random.exponential() / bound
                waited += step
                state.excitation *= exp(-2 * step)
                if random.uniform() * bound <= 0.3 + state.excitation { break }
            }
            state.excitation += 1.4
            return waited
        case .twoStates:
            if random.uniform() < 0.05 { state.isFast.toggle() }
            return random.exponential() * (state.isFast ? 0.05 : 5)
        case .jitteredCron:
            let before = state.offset
            state.offset = 6 * random.uniform()
            return 60 + state.offset - before
        case .beatsMissing: return random.uniform() < 0.05 ? 600 : 300
        case .onOff: return random.uniform() < 0.02 ? 600 + 1200 * random.uniform() : 0.5 + random.uniform()
        case .tiedSeconds: return random.exponential() / 3
        case .dailyPause:
            let hour = Int(state.time / 3600) % 24
            return hour >= 18 ? 46_800 + 600 * random.uniform() : 300 * random.exponential()
        case .driftingRate: return random.exponential() * exp(1.5 * sin(Double(index) / 400))
        }
    }
}

/// Pseudo-random numbers from a seed (SplitMix64).
private struct Random {
    var state: UInt64

    mutating func uniform() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }

    mutating func exponential() -> Double { -log(1 - uniform()) }

    mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
