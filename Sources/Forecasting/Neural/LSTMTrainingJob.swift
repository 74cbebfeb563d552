/// Some updates of the global network, cut off from the stream: a pure function of a copy of its weights, of the
/// optimizer's state and of the windows kept.
///
/// ```swift
/// if let job = global.trainingJob() {
///     let result = job.run()          // anywhere, any time
///     global.accept(result)           // it is applied 256 events after the cut
/// }
/// ```
///
/// Cost: updates × batch windows, 15 µs each at 40 steps and 16 hidden units: 4 ms in all.
public struct LSTMTrainingJob: Sendable {
    /// How many events the stream had learned.
    public let cut: Int
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

extension LSTMTrainingJob {
    /// Writes a job, or reads one that was cut from the given weights and moments. Windows that are still kept are named
    /// by their place.
    static func passed(
        _ job: LSTMTrainingJob?, configuration: LSTMConfiguration, network: LSTMNetwork, optimizer: AdamOptimizer,
        kept: [LSTMWindow], through coder: inout SnapshotCoder
    ) throws(SnapshotError) -> LSTMTrainingJob {
        var cut = job?.cut ?? 0
        var seed = job?.seed ?? 0
        try coder.pass(&cut)
        try coder.pass(&seed)
        let count = try coder.count(job?.windows.count ?? 0, upTo: kept.count, bytesEach: 1)
        try coder.check(count >= configuration.batch, "a job has \(count) windows")
        var windows: [LSTMWindow] = []
        for place in 0..<count {
            let known = coder.isReading ? nil : job?.windows[place]
            if try coder.flag(known === kept[place]) {
                windows.append(kept[place])
            } else {
                windows.append(try LSTMWindow.passed(known, configuration: configuration, through: &coder))
            }
        }
        return LSTMTrainingJob(
            cut: cut, configuration: configuration, network: network, optimizer: optimizer, windows: windows, seed: seed
        )
    }
}
