/// The linear head of a recurrent network: y = V h + v.
///
/// Shapes: V is O × H, v and y have O floats. Back: δh += Vᵀ δy, δV += δy hᵀ, δv += δy.
struct LSTMHead {
    let shape: LSTMShape
    let weights: Cells
    let bias: Cells

    init(shape: LSTMShape, parameters: Cells) {
        self.shape = shape
        weights = parameters.part(from: shape.headWeights, count: shape.outputs * shape.hidden)
        bias = parameters.part(from: shape.headBias, count: shape.outputs)
    }

    /// Computes the outputs of a hidden state.
    @inline(__always)
    func forward(_ hidden: Cells, outputs: Cells) {
        let fours = shape.hidden / 4
        for output in 0..<shape.outputs {
            var sum = SIMD4<Float>.zero
            for unit in 0..<fours { sum += weights[four: output &* fours &+ unit] * hidden[four: unit] }
            outputs[output] = sum.sum() + bias[output]
        }
    }

    /// Adds the gradient of one output to the one by the hidden state, and to `gradient`.
    @inline(__always)
    func back(_ change: Float, output: Int, hidden: Cells, hiddenChange: Cells, gradient: LSTMHead) {
        let fours = shape.hidden / 4
        for unit in 0..<fours {
            hiddenChange[four: unit] += weights[four: output &* fours &+ unit] * change
            gradient.weights[four: output &* fours &+ unit] += hidden[four: unit] * change
        }
        gradient.bias[output] += change
    }
}
