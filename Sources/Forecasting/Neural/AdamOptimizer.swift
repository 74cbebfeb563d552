/// Adaptive moment estimation: gradient steps in units of the gradient's own size, per parameter.
///
///     m ← β₁m + (1−β₁)g     v ← β₂v + (1−β₂)g²     θ ← θ − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)
///
/// Parameters: η the learning rate, given with each update; β₁ .9, β₂ .999, ε 1e-8. Before an update the gradient is
/// shortened to a global norm of at most `maxNorm`. Both as in PyTorch (`Adam`, `clip_grad_norm_`).
///
/// ```swift
/// let optimizer = AdamOptimizer(parameterCount: network.shape.parameterCount)
/// optimizer.update(network, gradient: tape.gradient, rate: 0.01, maxNorm: 1)
/// ```
///
/// Cost: four passes over the parameters. Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization",
/// ICLR 2015; Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.
final class AdamOptimizer: @unchecked Sendable {
    static let firstDecay = 0.9
    static let secondDecay = 0.999
    static let epsilon: Float = 1e-8

    /// How many updates were made.
    private(set) var updates = 0
    private var firstPower = 1.0
    private var secondPower = 1.0
    private let firsts: Cells
    private let seconds: Cells
    private let block: StateBlock

    init(parameterCount: Int) {
        block = StateBlock(floats: 2 * StateBlock.rounded(parameterCount))
        firsts = block.cells(parameterCount)
        seconds = block.cells(parameterCount)
    }

    /// The same state in memory of its own.
    func copy() -> AdamOptimizer {
        let copy = AdamOptimizer(parameterCount: firsts.count)
        copy.block.fill(from: block)
        copy.updates = updates
        copy.firstPower = firstPower
        copy.secondPower = secondPower
        return copy
    }

    /// Shortens the gradient to `maxNorm` and moves the parameters; returns the norm before. A gradient that is not
    /// finite moves nothing.
    @discardableResult
    func update(_ network: LSTMNetwork, gradient: LSTMNetwork, rate: Float, maxNorm: Float) -> Float {
        let count = firsts.count
        let norm = AdamOptimizer.norm(gradient.cells)
        guard norm.isFinite else { return norm }
        let shrink = min(1, maxNorm / (norm + 1e-6))
        updates += 1
        firstPower *= AdamOptimizer.firstDecay
        secondPower *= AdamOptimizer.secondDecay
        let size = Float(Double(rate) / (1 - firstPower))
        let root = Float((1 - secondPower).squareRoot())
        let kept = (Float(AdamOptimizer.firstDecay), Float(AdamOptimizer.secondDecay))
        let taken = (Float(1 - AdamOptimizer.firstDecay), Float(1 - AdamOptimizer.secondDecay))
        for index in 0..<(count / 4) {
            let slope = gradient.cells[four: index] * shrink
            let first = firsts[four: index] * kept.0 + slope * taken.0
            let second = seconds[four: index] * kept.1 + slope * slope * taken.1
            firsts[four: index] = first
            seconds[four: index] = second
            network.cells[four: index] -= size * first / (second.squareRoot() / root + AdamOptimizer.epsilon)
        }
        for index in (count / 4 * 4)..<count {
            let slope = gradient.cells[index] * shrink
            firsts[index] = firsts[index] * kept.0 + slope * taken.0
            seconds[index] = seconds[index] * kept.1 + slope * slope * taken.1
            network.cells[index] -= size * firsts[index] / (seconds[index].squareRoot() / root + AdamOptimizer.epsilon)
        }
        return norm
    }

    /// The square root of the sum of squares.
    static func norm(_ cells: Cells) -> Float {
        var sum = 0.0
        for index in 0..<cells.count { sum += Double(cells[index]) * Double(cells[index]) }
        return Float(sum.squareRoot())
    }
}

extension AdamOptimizer {
    /// Writes the moments, or reads them back.
    func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&updates)
        try coder.pass(&firstPower)
        try coder.pass(&secondPower)
        let isPart = firstPower >= 0 && firstPower <= 1 && secondPower >= 0 && secondPower <= 1
        try coder.check(isPart, "a power of a part of one is none")
        try coder.pass(finite: firsts)
        try coder.pass(finite: seconds)
        for index in 0..<seconds.count { try coder.check(seconds[index] >= 0, "a mean of squares is negative") }
    }
}
