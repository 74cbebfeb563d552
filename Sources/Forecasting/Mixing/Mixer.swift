/// Mixes the experts of one step by what they earned lately, overall and around the target's phase.
///
///     L[d,k]   ← d' L[d,k] + |e(k)|                 for each discount d
///     B[d,b,k] ← d' B[d,b,k] + |e(k)|               only in the target's bucket b, one of four per season
///     first level:  weight(d,k) ∝ (L[d,k] + B[d,b,k])^−8
///     second level: weight(d)   ∝ (discounted Σ |e| of first-level mix d)^−16
///
/// Steps 1 and 2 mix the discounts .9, .98 and .998; longer ones take .98 alone, where more memories gain under .3 %.
/// The memory is stretched with the delay of the feedback: d' = 1 − 1 / (1/(1−d) + 3 (h−1)). An expert whose lane is not
/// active has no weight.
///
/// ```swift
/// var mixer = Mixer(step: 1, cells: block.cells(Mixer.cellCount(step: 1)))
/// let mix = mixer.mix(experts, active: .init(repeating: 1), bucket: 0)   // mix.value
/// mixer.learn(experts, firsts: mix.firsts, target: 3.2, bucket: 0)
/// ```
///
/// Source: polynomially weighted forecaster, Cesa-Bianchi and Lugosi, *Prediction, Learning, and Games*, 2006, chapter 2;
/// two levels and phase buckets are ours.
struct Mixer {
    /// Buckets per season.
    static let buckets = 4
    private static let levelWidth = (1 + buckets) * ExpertVector.width

    private let levels: Int
    private let discount: SIMD4<Float>
    private let secondDiscount: Float
    private var losses: Cells
    private var second = SIMD4<Float>(0, 0, 0, 0)
    private var weights = SIMD4<Float>(1 / 3, 1 / 3, 1 / 3, 0)

    /// The memories a step mixes.
    private static func levels(step: Int) -> Int { step <= 2 ? 3 : 1 }

    /// The room the model needs in its block.
    static func cellCount(step: Int) -> Int { levels(step: step) * levelWidth }

    init(step: Int, cells: Cells) {
        levels = Mixer.levels(step: step)
        let delay = 3 * Float(step - 1)
        let memories = levels == 1 ? SIMD4<Float>(50, 50, 50, 50) : SIMD4<Float>(10, 50, 500, 500)
        discount = 1 - 1 / (memories + delay)
        secondDiscount = 1 - 1 / (100 + delay)
        losses = cells
    }

    /// Mixes one value per expert; `active` is 1 for experts that take part and 0 for others.
    @inline(__always)
    func mix(_ experts: ExpertVector, active: ExpertVector, bucket: Int) -> Mix {
        var firsts = SIMD4<Float>.zero
        firsts[0] = first(0, experts, active, bucket)
        if levels == 1 { return Mix(value: firsts[0], firsts: firsts) }
        firsts[1] = first(1, experts, active, bucket)
        firsts[2] = first(2, experts, active, bucket)
        return Mix(value: (firsts * weights).sum(), firsts: firsts)
    }

    /// The part each expert has in the mix, over all phases; they sum to 1 once something was learned. For reports.
    func shares() -> ExpertVector {
        var sum = ExpertVector(repeating: 0)
        for level in 0..<levels {
            let overall = ExpertVector(losses, at: level &* Mixer.levelWidth)
            // An expert that never took part has lost nothing.
            let inverse = (1 / overall.atLeast(1e-12)).where(positive: overall)
            var share = (inverse * (1 / Swift.max(inverse.max, 1e-12))).atLeast(0)
            for _ in 0..<3 { share = share * share }
            guard share.sum > 0 else { continue }
            sum = sum + share * ((levels == 1 ? 1 : weights[level]) / share.sum)
        }
        return sum
    }

    @inline(__always)
    private func first(_ level: Int, _ experts: ExpertVector, _ active: ExpertVector, _ bucket: Int) -> Float {
        let place = level &* Mixer.levelWidth
        let overall = ExpertVector(losses, at: place)
        let local = ExpertVector(losses, at: place &+ (1 &+ bucket) &* ExpertVector.width)
        let inverse = 1 / (overall + local).atLeast(1e-12)
        // Relative to the best that takes part, so that the eighth power stays within single precision.
        var share = (inverse * (1 / (active * inverse).max)).atLeast(1e-4) * active
        share = share * share
        share = share * share
        share = share * share
        return (share * experts).sum / share.sum
    }

    /// Takes in the value that a mix and its experts spoke of.
    @inline(__always)
    mutating func learn(_ experts: ExpertVector, firsts: SIMD4<Float>, target: Float, bucket: Int) {
        let error = experts.distance(to: target)
        for level in 0..<levels {
            let place = level &* Mixer.levelWidth
            let local = place &+ (1 &+ bucket) &* ExpertVector.width
            (ExpertVector(losses, at: place) * discount[level] + error).store(losses, at: place)
            (ExpertVector(losses, at: local) * discount[level] + error).store(losses, at: local)
        }
        if levels > 1 { learnSecond(firsts - target) }
    }

    @inline(__always)
    private mutating func learnSecond(_ distance: SIMD4<Float>) {
        second = second * secondDiscount + distance.greater(-distance)
        second[3] = .greatestFiniteMagnitude
        let best = max(second.min(), 1e-12)
        var share = best / second.greater(SIMD4(repeating: 1e-12))
        share = share * share
        share = share * share
        share = share * share
        share = share * share
        share[3] = 0
        weights = share / share.sum()
    }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) { losses.move(by: floats) }
}

/// A mix and the first-level mixes it was made of.
struct Mix {
    var value: Float
    var firsts: SIMD4<Float>
}
