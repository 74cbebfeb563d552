/// The step back of the cell.
///
///     δo = δh ⊙ tanh c          δc ← δc + δh ⊙ o ⊙ (1 − tanh² c)
///     δi = δc ⊙ g    δg = δc ⊙ i    δf = δc ⊙ c(t−1)    δc(t−1) = δc ⊙ f
///     δz = (δi i(1−i), δf f(1−f), δg (1−g²), δo o(1−o))    δh(t−1) = Uᵀ δz
///     δW = Σ δz(t) x(t)ᵀ        δU = Σ δz(t) h(t−1)ᵀ       both δb = Σ δz(t)
///
/// Source: Hochreiter and Schmidhuber 1997, appendix A, with the full gradient; Werbos, "Backpropagation Through Time",
/// Proceedings of the IEEE 78(10), 1990.
extension LSTMCell {
    /// Goes back over one step.
    ///
    /// - Parameters:
    ///   - change: The gradient by h(t) and c(t); becomes the one by h(t−1) and c(t−1).
    ///   - memory: c(t−1).
    ///   - trace: What the step forward left.
    ///   - delta: Receives δz, 4H floats.
    @inline(__always)
    func stepBack(_ change: LSTMState, memory: Cells, trace: Cells, delta: Cells) {
        let fours = shape.hidden / 4
        for unit in 0..<fours {
            let input = trace[four: unit]
            let forget = trace[four: fours &+ unit]
            let candidate = trace[four: 2 &* fours &+ unit]
            let output = trace[four: 3 &* fours &+ unit]
            let squashed = trace[four: 4 &* fours &+ unit]
            let hidden = change.hidden[four: unit]
            let kept = change.memory[four: unit] + hidden * output * (1 - squashed * squashed)
            delta[four: unit] = kept * candidate * input * (1 - input)
            delta[four: fours &+ unit] = kept * memory[four: unit] * forget * (1 - forget)
            delta[four: 2 &* fours &+ unit] = kept * input * (1 - candidate * candidate)
            delta[four: 3 &* fours &+ unit] = hidden * squashed * output * (1 - output)
            change.memory[four: unit] = kept * forget
        }
        for column in 0..<shape.hidden {
            var even = SIMD4<Float>.zero
            var odd = SIMD4<Float>.zero
            for row in 0..<(2 &* fours) {
                even += hiddenWeights[four: column &* shape.hidden &+ 2 &* row] * delta[four: 2 &* row]
                odd += hiddenWeights[four: column &* shape.hidden &+ 2 &* row &+ 1] * delta[four: 2 &* row &+ 1]
            }
            change.hidden[column] = (even + odd).sum()
        }
    }

    /// Adds what `steps` steps contribute to this gradient: δz, x and h(t−1) lie one step behind the other.
    func add(deltas: Cells, inputs: Cells, hidden: Cells, steps: Int) {
        addProduct(inputs, deltas, fours: shape.inputs / 4, steps: steps, to: inputWeights)
        addProduct(hidden, deltas, fours: shape.hidden / 4, steps: steps, to: hiddenWeights)
        for row in 0..<shape.hidden {
            var sum = SIMD4<Float>.zero
            for step in 0..<steps { sum += deltas[four: step &* shape.hidden &+ row] }
            inputBias[four: row] += sum
            hiddenBias[four: row] += sum
        }
    }

    /// Σ left δzᵀ over the steps, a block of 4 × 4 at a time, which stays in registers. `left` has 4 `fours` columns.
    private func addProduct(_ left: Cells, _ deltas: Cells, fours: Int, steps: Int, to matrix: Cells) {
        for column in 0..<fours {
            for row in 0..<shape.hidden {
                var a = SIMD4<Float>.zero
                var b = SIMD4<Float>.zero
                var c = SIMD4<Float>.zero
                var d = SIMD4<Float>.zero
                for step in 0..<steps {
                    let factors = left[four: step &* fours &+ column]
                    let delta = deltas[four: step &* shape.hidden &+ row]
                    a += delta * factors[0]
                    b += delta * factors[1]
                    c += delta * factors[2]
                    d += delta * factors[3]
                }
                let place = 4 &* column &* shape.hidden &+ row
                matrix[four: place] += a
                matrix[four: place &+ shape.hidden] += b
                matrix[four: place &+ 2 &* shape.hidden] += c
                matrix[four: place &+ 3 &* shape.hidden] += d
            }
        }
    }
}
