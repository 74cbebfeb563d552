/// What followed the moments most like the present one, at one step.
///
///     d(j) = D[j] c[t−j] + β c[t−j] ((M(t) − y(t)) − (M(j) − y(j)))²          M the mix of the experts at this step
///     over candidates whose outcome is known, weight e^(−d / (width · mean d)):  A = mean y(j+h),  B = y(t) − mean y(j)
///     out₀ = A + ρ B          out₁ = A + ½ ρ B + ½ (M(t) − mean M(j))
///     out₂ = M(t) + intercept of a weighted ridge regression of y(j+h) − M(j) on y(j) − y(t) and M(j) − M(t)
///     ρ = Σ (y − A) B / Σ B² over decayed sums, 0…1.2
///
/// ```swift
/// let output = AnalogStep().forecast(
///     step: 12, mix: 3.2, mixChanges: changes, memory: memory, window: window, history: history)
/// output.anchored, output.mixed, output.local      // all 3.2 while nothing is like the present
/// ```
///
/// Cost: about 1,300 instructions with 50 candidates. Source: see ``AnalogMemory``; local regression after Cleveland, *Journal of the American Statistical Association* 74,
/// 1979.
struct AnalogStep {
    /// What a memory says at a step, and what the slope is learned from.
    struct Output {
        var anchored: Float
        var mixed: Float
        var local: Float
        var followed: Float
        var offset: Float
    }

    private var products: Float = 1
    private var squares: Float = 1

    /// Learns the slope from an output's ``Output/followed`` and ``Output/offset`` and the value it spoke of.
    @inline(__always)
    mutating func learn(_ value: Float, followed: Float, offset: Float) {
        guard offset != 0 else { return }
        products = 0.998 * products + min(max((value - followed) * offset, -9), 9)
        squares = 0.998 * squares + min(offset * offset, 9)
    }

    /// Forecasts the value `step` values after the last of `history`, around the mix's forecast of it.
    ///
    /// - Parameter mixChanges: The mix's forecast minus the value it was made at, per moment of the window.
    @inline(__always)
    func forecast(
        step: Int, mix: Float, mixChanges: Cells, memory: borrowing AnalogMemory, window: AnalogWindow,
        history: ValueHistory
    ) -> Output {
        let now = history.count &- 1
        let value = history[now]
        let list = StateBlock.rounded(AnalogMemory.listCount)
        let changes = window.scratch.part(from: 0, count: list)
        let outcomes = window.scratch.part(from: list, count: list)
        let distances = window.scratch.part(from: 2 * list, count: list)
        // Those that are too late have no outcome yet; the latest come first.
        var first = 0
        while first < memory.candidateCount, Int(memory.lags[first]) < step { first &+= 1 }
        let known = memory.candidateCount &- first
        guard known > 0 else { return Output(anchored: mix, mixed: mix, local: mix, followed: 0, offset: 0) }
        for place in 0..<known {
            let lag = Int(memory.lags[first &+ place])
            changes[place] = mixChanges[window.head &+ lag]
            outcomes[place] = history[now &- lag &+ step]
        }
        for place in known..<(known &+ 4) {
            changes[place] = 0
            outcomes[place] = 0
        }
        let fours = (known &+ 3) / 4
        let change = SIMD4(repeating: mix - value)
        var total = SIMD4<Float>.zero
        for four in 0..<fours {
            let apart = changes[four: four] - change
            let place = first &+ 4 &* four
            let distance = memory.near[fourFrom: place] + memory.changeFactors[fourFrom: place] * (apart * apart)
            distances[four: four] = distance
            total += distance * memory.isCandidate[fourFrom: place]
        }
        let scale = memory.parameters.width * total.sum() / Float(known) + 1e-12
        var sums = AnalogSums()
        for four in 0..<fours {
            let place = first &+ 4 &* four
            // Half the exponent for the local regression, all of it for the means.
            let wide =
                (distances[four: four] * (-0.5 / scale)).exponential * memory.isCandidate[fourFrom: place]
            let offset = memory.offsets[fourFrom: place]
            let mixOffset = offset + changes[four: four] - change
            sums.add(wide, byValue: offset, byMix: mixOffset, error: outcomes[four: four] - value - mixOffset - change)
        }
        return sums.output(mix: mix, slope: min(max(products / squares, 0), 1.2))
    }
}

/// The sums over candidates that an output is made of.
private struct AnalogSums {
    private var weight = SIMD4<Float>.zero
    private var value = SIMD4<Float>.zero
    private var mix = SIMD4<Float>.zero
    private var error = SIMD4<Float>.zero
    private var s0 = SIMD4<Float>.zero
    private var s1 = SIMD4<Float>.zero
    private var s2 = SIMD4<Float>.zero
    private var s11 = SIMD4<Float>.zero
    private var s12 = SIMD4<Float>.zero
    private var s22 = SIMD4<Float>.zero
    private var r0 = SIMD4<Float>.zero
    private var r1 = SIMD4<Float>.zero
    private var r2 = SIMD4<Float>.zero

    @inline(__always) init() {}

    @inline(__always)
    mutating func add(
        _ wide: SIMD4<Float>, byValue: SIMD4<Float>, byMix: SIMD4<Float>, error distance: SIMD4<Float>
    ) {
        let narrow = wide * wide
        weight += narrow
        value += narrow * byValue
        mix += narrow * byMix
        error += narrow * distance
        let w1 = wide * byValue
        let w2 = wide * byMix
        s0 += wide
        s1 += w1
        s2 += w2
        s11 += w1 * byValue
        s12 += w1 * byMix
        s22 += w2 * byMix
        r0 += wide * distance
        r1 += w1 * distance
        r2 += w2 * distance
    }

    // A call of its own: inlined, its sums lead the optimiser to turn around the loop over candidates, at twice its cost.
    @inline(never)
    func output(mix forecast: Float, slope: Float) -> AnalogStep.Output {
        let means = SIMD4<Float>.sums(weight, value, mix, error)
        let inverse = 1 / max(means[0], 1e-30)
        let mixes = means[2] * inverse
        let followed = forecast + means[3] * inverse + mixes
        let offset = -means[1] * inverse
        let local = forecast + intercept
        return AnalogStep.Output(
            anchored: followed + slope * offset, mixed: followed + 0.5 * slope * offset - 0.5 * mixes, local: local,
            followed: followed, offset: offset)
    }

    /// The intercept of the weighted ridge regression: the Schur complement of a 3 × 3 system.
    @inline(__always)
    private var intercept: Float {
        let linear = SIMD4<Float>.sums(s0, s1, s2, r0)
        let products = SIMD4<Float>.sums(s11, s22, s12, .zero)
        let errors = SIMD4<Float>.sums(r1, r2, .zero, .zero)
        let (s1, s2, s12) = (linear[1], linear[2], products[2])
        let s0 = linear[0] + 0.15
        let ridge = 0.5 * ((products[0] + products[1]) / s0 + 1e-9)
        let (s11, s22) = (products[0] + ridge, products[1] + ridge)
        let determinant = s11 * s22 - s12 * s12
        let g1 = (s22 * s1 - s12 * s2) / determinant
        let g2 = (s11 * s2 - s12 * s1) / determinant
        let result = (linear[3] - g1 * errors[0] - g2 * errors[1]) / max(s0 - g1 * s1 - g2 * s2, 1e-9)
        return result.isFinite ? result : 0
    }
}

extension AnalogStep {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&products)
        try coder.pass(&squares)
    }
}
