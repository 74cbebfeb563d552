/// Whether the network earns what it costs: the rule by which it is used, tried in the shadow, or left alone.
///
///     gain = 1 − mean |error of mix and network| ÷ mean |error of the mix|        both in units of the usual change
///     cost = multiplications of the network per value, its training included ÷ what the other models take
///     used while gain > price · cost; no longer used below half of that; left alone after a trial without success
///
/// Parameters: the price .01, the gain that doubling the cost must bring; a trial 1,024 judged values, a running mean
/// over as many, extended to 4,096 while it does not pay; a rest 16,384 values after the first failed trial, doubled each
/// time up to a million. Costs are counted, not timed: time would make the output depend on the machine. Training gets
/// rarer the longer a stream lasts, so that the same gain may pay later: at the shortest interval it takes 36 times what
/// the other models take, at the longest .6 times.
///
/// ```swift
/// var worth = LSTMWorth()
/// worth.learn(errors, cost: 2)
/// worth.stage                     // .trial: computed, not used
/// ```
struct LSTMWorth: Sendable {
    /// What is done with the network.
    enum Stage: UInt8, Sendable {
        /// Computed and trained, judged, not used.
        case trial
        /// Computed, trained and used.
        case used
        /// Neither computed nor trained.
        case resting
    }

    static let price: Float = 0.01
    static let trial = 1024
    private static let longestRest = 1 << 20

    private(set) var stage = Stage.trial
    private var mixError: Float = 0
    private var bothError: Float = 0
    private var judged = 0
    private var rest = 16_384
    private var left = 0

    /// The part of the mix's error that the network takes away; negative where it adds to it.
    var gain: Float { mixError > 0 ? 1 - bothError / mixError : 0 }

    /// Takes in the errors at one value.
    mutating func learn(_ errors: LSTMBlend.Errors, cost: Float) {
        judged += 1
        let rate = max(1 / Float(judged), 1 / Float(LSTMWorth.trial))
        mixError += rate * (errors.mix - mixError)
        bothError += rate * (errors.both - bothError)
        guard judged >= LSTMWorth.trial else { return }
        switch stage {
        case .used:
            if gain < 0.5 * LSTMWorth.price * cost { retire() }
        case .trial:
            if gain > LSTMWorth.price * cost {
                stage = .used
            } else if judged >= 4 * LSTMWorth.trial {
                retire()
            }
        case .resting: break
        }
    }

    /// Takes in that a value came which the network did not see.
    mutating func skip() {
        left -= 1
        if stage == .resting, left <= 0 {
            stage = .trial
            judged = 0
            mixError = 0
            bothError = 0
        }
    }

    private mutating func retire() {
        stage = .resting
        left = rest
        rest = min(2 * rest, LSTMWorth.longestRest)
    }
}

extension LSTMWorth {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        var code = stage.rawValue
        try coder.pass(&code, in: 0...Stage.resting.rawValue)
        stage = Stage(rawValue: code) ?? .trial
        try coder.pass(&mixError)
        try coder.pass(&bothError)
        try coder.pass(&judged)
        try coder.pass(&rest, in: 1...LSTMWorth.longestRest)
        try coder.pass(&left, in: -SnapshotCoder.counterLimit...SnapshotCoder.counterLimit)
    }
}
