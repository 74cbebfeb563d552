/// Some updates of the global network, cut off from the stream: a pure function of a copy of its weights, of the
/// optimizer's state and of the windows kept.
///
/// ```swift
/// if let job = global.trainingJob() {
///     let result = job.run()          // anywhere, any time
///     global.accept(result)           // it is applied job.delay values after the cut
/// }
/// ```
///
/// Cost: updates × batch windows, 15 µs each at 40 steps and 16 hidden units: 4 ms in all.
public struct LSTMTrainingJob: Sendable {
    /// How many values the stream had learned.
    public let cut: Int
    /// How many values after the cut the result is to be applied.
    public let delay: Int
    let configuration: LSTMConfiguration
    let network: LSTMNetwork
    let optimizer: AdamOptimizer
    let windows: [LSTMWindow]
    let seed: UInt64

    /// Does the work.
    public func run() -> LSTMTrainingResult {
        let network = network.copy()
        let optimizer = optimizer.copy()
        let tape = LSTMTape(shape: network.shape, steps: configuration.warmUpSteps + configuration.windowSteps)
        var numbers = SeededNumbers(seed: seed)
        var greatest: Float = 1
        for window in windows { greatest = max(greatest, window.weight) }
        var loss: Float = 0
        for _ in 0..<configuration.updates {
            tape.clear()
            for _ in 0..<configuration.batch {
                let window = LSTMReservoir.draw(windows, greatest: greatest, numbers: &numbers)
                loss += tape.add(window, of: network, share: 1 / Float(configuration.batch))
            }
            optimizer.update(
                network, gradient: tape.gradient, rate: configuration.rate(after: optimizer.updates),
                maxNorm: configuration.maxNorm)
        }
        return LSTMTrainingResult(
            cut: cut, loss: loss / Float(max(configuration.updates, 1)), network: network, optimizer: optimizer)
    }
}
