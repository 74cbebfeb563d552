/// Mixes the experts of one step by what they earned lately, overall and around the target's phase.
///
///     L[d,k]   ← d' L[d,k] + |e(k)|                 for three discounts d = .9, .98, .998
///     B[d,b,k] ← d' B[d,b,k] + |e(k)|               only in the target's bucket b, one of four per season
///     first level:  weight(d,k) ∝ (L[d,k] + B[d,b,k])^−8
///     second level: weight(d)   ∝ (discounted Σ |e| of first-level mix d)^−16
///
/// The memory is stretched with the delay of the feedback: d' = 1 − 1 / (1/(1−d) + 3 (h−1)). An expert whose lane is not
/// active has no weight.
///
/// ```swift
/// var mixer = Mixer(step: 1, active: mask, cells: block.cells(Mixer.cellCount))
/// let mix = mixer.mix(experts, bucket: 0)       // mix.value, and the three first-level mixes
/// mixer.learn(experts, mix: mix, target: 3.2, bucket: 0)
/// ```
///
/// Source: polynomially weighted forecaster, Cesa-Bianchi and Lugosi, *Prediction, Learning, and Games*, 2006, chapter 2;
/// two levels and phase buckets are ours (MODELS.md, stages 2 and 4).
struct Mixer {
    /// Buckets per season.
    static let buckets = 4
    /// The room the model needs in its block.
    static let cellCount = 3 * (1 + buckets) * ExpertVector.width

    private let discount: SIMD4<Float>
    private let secondDiscount: Float
    private var losses: Cells
    private var second = SIMD4<Float>(0, 0, 0, 0)
    private var weights = SIMD4<Float>(1 / 3, 1 / 3, 1 / 3, 0)

    init(step: Int, cells: Cells) {
        let delay = 3 * Float(step - 1)
        discount = 1 - 1 / (SIMD4<Float>(10, 50, 500, 500) + delay)
        secondDiscount = 1 - 1 / (100 + delay)
        losses = cells
    }

    /// Mixes one value per expert; `active` is 1 for experts that take part and 0 for others.
    @inline(__always)
    func mix(_ experts: ExpertVector, active: ExpertVector, bucket: Int) -> Mix {
        let firsts = SIMD4<Float>(
            first(0, experts, active, bucket), first(1, experts, active, bucket), first(2, experts, active, bucket), 0)
        return Mix(value: (firsts * weights).sum(), firsts: firsts)
    }

    @inline(__always)
    private func first(_ level: Int, _ experts: ExpertVector, _ active: ExpertVector, _ bucket: Int) -> Float {
        let place = level &* (1 &+ Mixer.buckets) &* ExpertVector.width
        let overall = ExpertVector(losses, at: place)
        let local = ExpertVector(losses, at: place &+ (1 &+ bucket) &* ExpertVector.width)
        let loss = (overall + local).atLeast(1e-12)
        // Where a lane is not active its loss is never the smallest, and its weight is 0.
        let best = 1 / (active * (1 / loss)).max
        var share = (best / loss).atLeast(1e-4) * active
        share = share * share
        share = share * share
        share = share * share
        return (share * experts).sum / share.sum
    }

    /// Takes in the value that a mix and its experts spoke of.
    @inline(__always)
    mutating func learn(_ experts: ExpertVector, firsts: SIMD4<Float>, target: Float, bucket: Int) {
        let error = experts.distance(to: target)
        for level in 0..<3 {
            let place = level &* (1 &+ Mixer.buckets) &* ExpertVector.width
            let local = place &+ (1 &+ bucket) &* ExpertVector.width
            (ExpertVector(losses, at: place) * discount[level] + error).store(losses, at: place)
            (ExpertVector(losses, at: local) * discount[level] + error).store(losses, at: local)
        }
        let distance = firsts - target
        second = second * secondDiscount + pointwiseMax(distance, -distance)
        second[3] = .greatestFiniteMagnitude
        let best = max(second.min(), 1e-12)
        var share = best / pointwiseMax(second, SIMD4(repeating: 1e-12))
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

/// A mix and the three first-level mixes it was made of.
struct Mix {
    var value: Float
    var firsts: SIMD4<Float>
}
