/// Mixes the experts of one step by what they earned lately, overall and around the target's phase.
///
///     L[d,k]   ← d' L[d,k] + |e(k)|                 for each discount d
///     B[d,b,k] ← d' B[d,b,k] + |e(k)|               only in the target's bucket b of the season
///     first level:  weight(d,k) ∝ (L[d,k] + κ B[d,b,k])^−8
///     second level: weight(d)   ∝ (discounted Σ |e| of first-level mix d)^−16
///
/// ``Shape`` says how many memories (.98 alone, or .9, .98 and .998), how many buckets and which κ: the mix that analogs are
/// looked for around has one memory, 8 buckets and κ 2; the final one three, 4 (none at step 1) and 1.
/// The memory is stretched with the delay of the feedback: d' = 1 − 1 / (1/(1−d) + 3 (h−1)). An expert whose lane is not
/// active has no weight; the losses of one that sleeps (``SleepingExperts``) keep their ratio to those of the mix.
///
/// ```swift
/// let shape = Mixer.Shape(memories: 3, buckets: 4, localShare: 1)
/// var mixer = Mixer(step: 1, shape: shape, cells: block.cells(Mixer.cellCount(shape)))
/// let mix = mixer.mix(experts, active: .init(repeating: 1), bucket: 0)   // mix.value
/// mixer.learn(experts, firsts: mix.firsts, target: 3.2, bucket: 0, isAnyAsleep: false)
/// ```
///
/// Source: polynomially weighted forecaster, Cesa-Bianchi and Lugosi, *Prediction, Learning, and Games*, 2006, chapter 2;
/// two levels and phase buckets are ours.
struct Mixer {
    /// What a mix is made of.
    struct Shape {
        /// Memories mixed at the second level: 1 (discount .98) or 3 (.9, .98, .998).
        var memories: Int
        /// Buckets per season, or 1 for none.
        var buckets: Int
        /// What the errors in the target's bucket count beside those over all phases.
        var localShare: Float

        fileprivate var width: Int { (1 + (buckets > 1 ? buckets : 0)) * ExpertVector.width }
    }

    private let shape: Shape
    private let discount: SIMD4<Float>
    private let secondDiscount: Float
    private var losses: Cells
    private var second = SIMD4<Float>(0, 0, 0, 0)
    private var weights = SIMD4<Float>(1 / 3, 1 / 3, 1 / 3, 0)

    /// The room the model needs in its block.
    static func cellCount(_ shape: Shape) -> Int { shape.memories * shape.width }

    init(step: Int, shape: Shape, cells: Cells) {
        self.shape = shape
        let delay = 3 * Float(step - 1)
        let memories = shape.memories == 1 ? SIMD4<Float>(50, 50, 50, 50) : SIMD4<Float>(10, 50, 500, 500)
        discount = 1 - 1 / (memories + delay)
        secondDiscount = 1 - 1 / (100 + delay)
        losses = cells
    }

    /// The bucket of a phase of the season.
    @inline(__always)
    func bucket(phase: Int, season: Int) -> Int { shape.buckets > 1 ? phase &* shape.buckets / season : 0 }

    /// Mixes one value per expert; `active` is 1 for experts that take part and 0 for others.
    @inline(__always)
    func mix(_ experts: ExpertVector, active: ExpertVector, bucket: Int) -> Mix {
        var firsts = SIMD4<Float>.zero
        firsts[0] = first(0, experts, active, bucket)
        if shape.memories == 1 { return Mix(value: firsts[0], firsts: firsts) }
        firsts[1] = first(1, experts, active, bucket)
        firsts[2] = first(2, experts, active, bucket)
        return Mix(value: (firsts * weights).sum(), firsts: firsts)
    }

    /// The mix of first-level mixes as they are weighted now.
    @inline(__always)
    func value(of firsts: SIMD4<Float>) -> Float { shape.memories == 1 ? firsts[0] : (firsts * weights).sum() }

    /// The part each expert has in the mix, over all phases; they sum to 1 once something was learned.
    ///
    /// - Parameter active: 1 for experts that take part; nil counts all that ever lost something.
    func shares(among active: ExpertVector? = nil) -> ExpertVector {
        var sum = ExpertVector(repeating: 0)
        for memory in 0..<shape.memories {
            let overall = ExpertVector(losses, at: memory &* shape.width)
            // Without `active`: an expert that never took part has lost nothing.
            let all = 1 / overall.atLeast(1e-12)
            let inverse = active.map { all * $0 } ?? all.where(positive: overall)
            var share = (inverse * (1 / Swift.max(inverse.max, 1e-12))).atLeast(0)
            for _ in 0..<3 { share = share * share }
            guard share.sum > 0 else { continue }
            sum = sum + share * ((shape.memories == 1 ? 1 : weights[memory]) / share.sum)
        }
        return sum
    }

    @inline(__always)
    private func first(_ memory: Int, _ experts: ExpertVector, _ active: ExpertVector, _ bucket: Int) -> Float {
        let place = memory &* shape.width
        var loss = ExpertVector(losses, at: place)
        if shape.buckets > 1 {
            loss = loss + ExpertVector(losses, at: place &+ (1 &+ bucket) &* ExpertVector.width) * shape.localShare
        }
        let inverse = 1 / loss.atLeast(1e-12)
        // Relative to the best that takes part, so that the eighth power stays within single precision.
        var share = (inverse * (1 / (active * inverse).max)).atLeast(1e-4) * active
        share = share * share
        share = share * share
        share = share * share
        let total = share.sum
        // Nobody takes part while all regressions are young.
        return total > 0 ? (share * experts).sum / total : experts.first[0]
    }

    /// Takes in the value that a mix and its experts spoke of. Where some slept, their lanes hold NaN.
    @inline(__always)
    mutating func learn(
        _ experts: ExpertVector, firsts: SIMD4<Float>, target: Float, bucket: Int, isAnyAsleep: Bool
    ) {
        let error = experts.distance(to: target)
        for memory in 0..<shape.memories {
            let place = memory &* shape.width
            learn(error, at: place, discount: discount[memory], isAnyAsleep: isAnyAsleep)
            if shape.buckets > 1 {
                let local = place &+ (1 &+ bucket) &* ExpertVector.width
                learn(error, at: local, discount: discount[memory], isAnyAsleep: isAnyAsleep)
            }
        }
        if shape.memories > 1 { learnSecond(firsts - target) }
    }

    /// Adds errors to one vector of losses.
    @inline(__always)
    private func learn(_ error: ExpertVector, at place: Int, discount: Float, isAnyAsleep: Bool) {
        let loss = ExpertVector(losses, at: place)
        var error = error
        // Whoever slept keeps the ratio of its loss to that of the mix.
        if isAnyAsleep { error = error.replacingNaN(with: loss * (error.first[2] / Swift.max(loss.first[2], 1e-12))) }
        (loss * discount + error).store(losses, at: place)
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

extension Mixer {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&second)
        try coder.pass(&weights)
    }
}
