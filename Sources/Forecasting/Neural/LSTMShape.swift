/// How many numbers go into an ``LSTMNetwork``, are kept in it and come out, and where its parameters lie.
///
/// The parameters are one row of floats. A snapshot has the order and the layout of PyTorch's state dictionary, matrices
/// row by row; in memory the parts have the same places, and the first two matrices lie column by column, because a
/// column times one number needs no sum across lanes:
///
/// | part | PyTorch | shape |
/// |---|---|---|
/// | weights of the inputs | `lstm.weight_ih_l0` | 4H × I |
/// | weights of the hidden state | `lstm.weight_hh_l0` | 4H × H |
/// | two biases | `lstm.bias_ih_l0`, `lstm.bias_hh_l0` | 4H each |
/// | weights of the head | `head.weight` | O × H |
/// | bias of the head | `head.bias` | O |
///
/// The 4H rows are the gates input, forget, candidate, output, H rows each. I and H are multiples of four.
struct LSTMShape: Sendable, Hashable {
    let inputs: Int
    let hidden: Int
    let outputs: Int

    /// The largest number of inputs, hidden units, outputs.
    static let maxWidth = 64

    init(inputs: Int, hidden: Int, outputs: Int) {
        precondition(inputs > 0 && inputs % 4 == 0 && inputs <= LSTMShape.maxWidth, "inputs are 4, 8, … 64")
        precondition(hidden > 0 && hidden % 4 == 0 && hidden <= LSTMShape.maxWidth, "hidden units are 4, 8, … 64")
        precondition(outputs > 0 && outputs <= LSTMShape.maxWidth, "outputs are 1 to 64")
        self.inputs = inputs
        self.hidden = hidden
        self.outputs = outputs
    }

    /// The rows of the cell's matrices.
    var gates: Int { 4 * hidden }
    /// Where each part begins.
    var hiddenWeights: Int { gates * inputs }
    var inputBias: Int { hiddenWeights + gates * hidden }
    var hiddenBias: Int { inputBias + gates }
    var headWeights: Int { hiddenBias + gates }
    var headBias: Int { headWeights + outputs * hidden }
    /// The number of parameters.
    var parameterCount: Int { headBias + outputs }
    /// Where a parameter of a snapshot lies in memory.
    func place(inSnapshot index: Int) -> Int {
        if index >= inputBias { return index }
        let first = index < hiddenWeights ? 0 : hiddenWeights
        let columns = index < hiddenWeights ? inputs : hidden
        return first + (index - first) % columns * gates + (index - first) / columns
    }

    /// Multiplications of one step forward; the step back takes about as long. The measure of cost that needs
    /// no clock.
    var multiplications: Int { gates * (inputs + hidden) + outputs * hidden + 10 * gates }
}
