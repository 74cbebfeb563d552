/// One layer of long short-term memory: a view on its parameters, and the step forward.
///
///     i = σ(Wᵢx + Uᵢh + bᵢ)    f = σ(W_f x + U_f h + b_f)    g = tanh(W_g x + U_g h + b_g)    o = σ(Wₒx + Uₒh + bₒ)
///     c ← f ⊙ c + i ⊙ g        h ← o ⊙ tanh c
///
/// Every b is the sum of two, as in PyTorch. Parameters: see ``LSTMShape``. Shapes: x has I floats, h and c have H.
///
/// Cost: 4H (I + H) multiplications; at 8 inputs and 16 hidden units 0.2 µs, at 24 0.34 µs. Nothing is allocated.
/// Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997; the forget gate is of
/// Gers, Schmidhuber, Cummins, "Learning to Forget", Neural Computation 12(10), 2000.
struct LSTMCell {
    let shape: LSTMShape
    let inputWeights: Cells
    let hiddenWeights: Cells
    let inputBias: Cells
    let hiddenBias: Cells

    /// The cell whose parameters, or whose gradient, lie in `parameters`.
    init(shape: LSTMShape, parameters: Cells) {
        self.shape = shape
        inputWeights = parameters.part(from: 0, count: shape.gates * shape.inputs)
        hiddenWeights = parameters.part(from: shape.hiddenWeights, count: shape.gates * shape.hidden)
        inputBias = parameters.part(from: shape.inputBias, count: shape.gates)
        hiddenBias = parameters.part(from: shape.hiddenBias, count: shape.gates)
    }

    /// Takes one step from `before` to `after`, which may share the memory but not the hidden state.
    ///
    /// `trace` receives the four gates and tanh c, 5H floats, which the step back needs.
    @inline(__always)
    func step(_ inputs: Cells, before: LSTMState, after: LSTMState, trace: Cells) {
        // The usual widths are constants to the compiler, which then needs no inner loops.
        if shape.inputs == 8, shape.hidden == 16 {
            sums(inputs, before.hidden, inputCount: 8, hiddenCount: 16, into: trace)
        } else {
            sums(inputs, before.hidden, inputCount: shape.inputs, hiddenCount: shape.hidden, into: trace)
        }
        let fours = shape.hidden / 4
        for unit in 0..<fours {
            let input = Activation.sigmoid(trace[four: unit])
            let forget = Activation.sigmoid(trace[four: fours &+ unit])
            let candidate = Activation.tangent(trace[four: 2 &* fours &+ unit])
            let output = Activation.sigmoid(trace[four: 3 &* fours &+ unit])
            let memory = forget * before.memory[four: unit] + input * candidate
            let squashed = Activation.tangent(memory)
            after.memory[four: unit] = memory
            after.hidden[four: unit] = output * squashed
            trace[four: unit] = input
            trace[four: fours &+ unit] = forget
            trace[four: 2 &* fours &+ unit] = candidate
            trace[four: 3 &* fours &+ unit] = output
            trace[four: 4 &* fours &+ unit] = squashed
        }
    }

    /// Wx + Uh + b of all rows, sixteen rows at a time, column by column.
    @inline(__always)
    private func sums(_ inputs: Cells, _ hidden: Cells, inputCount: Int, hiddenCount: Int, into sums: Cells) {
        for block in 0..<(hiddenCount / 4) {
            var a = inputBias[four: 4 &* block] + hiddenBias[four: 4 &* block]
            var b = inputBias[four: 4 &* block &+ 1] + hiddenBias[four: 4 &* block &+ 1]
            var c = inputBias[four: 4 &* block &+ 2] + hiddenBias[four: 4 &* block &+ 2]
            var d = inputBias[four: 4 &* block &+ 3] + hiddenBias[four: 4 &* block &+ 3]
            for column in 0..<inputCount {
                let factor = inputs[column]
                let place = column &* hiddenCount &+ 4 &* block
                a += inputWeights[four: place] * factor
                b += inputWeights[four: place &+ 1] * factor
                c += inputWeights[four: place &+ 2] * factor
                d += inputWeights[four: place &+ 3] * factor
            }
            for column in 0..<hiddenCount {
                let factor = hidden[column]
                let place = column &* hiddenCount &+ 4 &* block
                a += hiddenWeights[four: place] * factor
                b += hiddenWeights[four: place &+ 1] * factor
                c += hiddenWeights[four: place &+ 2] * factor
                d += hiddenWeights[four: place &+ 3] * factor
            }
            sums[four: 4 &* block] = a
            sums[four: 4 &* block &+ 1] = b
            sums[four: 4 &* block &+ 2] = c
            sums[four: 4 &* block &+ 3] = d
        }
    }
}
