/// A recurrent network of one layer with a linear head: y = V h + v over an ``LSTMCell``.
///
/// All parameters lie in one block (see ``LSTMShape``). `parameters` is a snapshot in PyTorch's order: the weights of an
/// `nn.LSTM` and an `nn.Linear`, flattened and joined, are one.
///
/// ```swift
/// let network = LSTMNetwork(shape: LSTMShape(inputs: 8, hidden: 16, outputs: 1), seed: 1)
/// network.step(inputs, before: state, after: state2, trace: trace, outputs: outputs)
/// ```
///
/// Not changed by anyone once it is shared: training changes a copy of its own.
final class LSTMNetwork: @unchecked Sendable {
    let shape: LSTMShape
    let cell: LSTMCell
    let head: LSTMHead
    /// All parameters, or the gradient by them.
    let cells: Cells
    private let block: StateBlock

    /// A network of zeroes; the gradient of a network is kept in one.
    init(shape: LSTMShape) {
        self.shape = shape
        block = StateBlock(floats: shape.parameterCount)
        cells = block.cells(shape.parameterCount)
        cell = LSTMCell(shape: shape, parameters: cells)
        head = LSTMHead(shape: shape, parameters: cells)
    }

    /// A network that has learned nothing: weights uniform within ±1/√H, the bias of the forget gate 1, all of the head
    /// 0, so that every output is 0.
    ///
    /// Source: PyTorch for the weights; Jozefowicz, Zaremba, Sutskever, "An Empirical Exploration of Recurrent Network
    /// Architectures", ICML 2015, for the forget gate.
    convenience init(shape: LSTMShape, seed: UInt64) {
        self.init(shape: shape)
        var numbers = SeededNumbers(seed: seed)
        let reach = 1 / Float(shape.hidden).squareRoot()
        for index in 0..<shape.inputBias { cells[index] = (2 * numbers.uniform() - 1) * reach }
        for unit in shape.hidden..<(2 * shape.hidden) { cell.inputBias[unit] = 1 }
    }

    /// The network of a snapshot.
    convenience init(shape: LSTMShape, parameters: [Float]) {
        precondition(parameters.count == shape.parameterCount, "a snapshot has as many parameters as its shape")
        self.init(shape: shape)
        for index in parameters.indices { cells[shape.place(inSnapshot: index)] = parameters[index] }
    }

    /// The same parameters in memory of their own.
    func copy() -> LSTMNetwork {
        let copy = LSTMNetwork(shape: shape)
        copy.block.fill(from: block)
        return copy
    }

    /// All parameters, in PyTorch's order.
    var parameters: [Float] { (0..<shape.parameterCount).map { cells[shape.place(inSnapshot: $0)] } }

    /// Takes one step and computes the outputs; see ``LSTMCell/step(_:before:after:trace:)``.
    @inline(__always)
    func step(_ inputs: Cells, before: LSTMState, after: LSTMState, trace: Cells, outputs: Cells) {
        cell.step(inputs, before: before, after: after, trace: trace)
        head.forward(after.hidden, outputs: outputs)
    }
}

extension LSTMNetwork {
    /// Writes the parameters, or reads them back.
    func pass(through coder: inout SnapshotCoder) throws(SnapshotError) { try coder.pass(finite: cells) }
}
