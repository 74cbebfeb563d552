/// One recurrent network for all series of a stream: its weights, what it is trained on, when it is trained.
///
/// A series keeps its own state (``LSTMSeries``) and blends the network's forecast of the next value with the mix of its
/// other models. Weights change only where a training result is applied: exactly `delay` values of the stream after the
/// job was cut, whenever the result came; a result that is late is computed on the spot (design note 0006).
///
/// ```swift
/// var global = GlobalLSTM(seed: 1)
/// // per value, after the series has learned it:
/// if global.isComputed { global.learned(series, history: history, isMiss: false) } else { global.skip() }
/// if let job = global.trainingJob() { send(job) }       // later: global.accept(job.run())
/// global.applyIfDue()
/// ```
///
/// Per value of a series, in this order: `series.judge` and `global.judge` before the history has the value;
/// `series.learn` after; `series.blend.mixed` once the mix has its forecast, to be used where ``isUsed``.
///
/// A value type; copies share weights and windows, which nobody changes. Memory: at 16 hidden units 7 kB of weights,
/// 14 kB of moments, up to 256 windows of 1.5 kB. Cost per value: every eighth one of a series copies a window, 1 µs.
/// Training takes 20 ms of another thread per 1,000 values at the shortest distance of jobs, a 64th of that at the
/// longest.
public struct GlobalLSTM: Sendable {
    /// How it is trained.
    public let configuration: LSTMConfiguration
    /// How many values of all series were learned.
    public private(set) var count = 0
    /// Whether it earns its keep, where that decides.
    private(set) var worth = LSTMWorth()
    private(set) var network: LSTMNetwork
    private var optimizer: AdamOptimizer
    private var reservoir: LSTMReservoir
    /// The job under way.
    private(set) var pending: LSTMTrainingJob?
    private var result: LSTMTrainingResult?
    private var nextCut: Int
    private let seed: UInt64

    /// The most values that may come between a job's cut and its result.
    public static let maxDelay = 256

    /// Creates a network: an untrained one, which expects every next value to be the last, or that of a snapshot.
    ///
    /// - Parameter weights: What ``weights`` gave for the same number of hidden units.
    public init(configuration: LSTMConfiguration = .init(), seed: UInt64 = 0, weights: [Float]? = nil) {
        self.configuration = configuration
        self.seed = seed
        let shape = configuration.shape
        network =
            weights.map { LSTMNetwork(shape: shape, parameters: $0) } ?? LSTMNetwork(shape: shape, seed: seed)
        optimizer = AdamOptimizer(parameterCount: configuration.shape.parameterCount)
        reservoir = LSTMReservoir(limit: configuration.windowLimit, seed: seed &+ 1)
        nextCut = configuration.interval / 2
    }

    /// Whether series are to be shown to the network.
    public var isComputed: Bool {
        switch configuration.use {
        case .off: false
        case .automatic: worth.stage != .resting
        case .always: true
        }
    }

    /// Whether its forecasts are to be used.
    public var isUsed: Bool {
        configuration.use == .always || configuration.use == .automatic && worth.stage == .used
    }

    /// Takes in how far off the mix, the network and both were at a value.
    mutating func judge(_ errors: LSTMBlend.Errors) { worth.learn(errors, cost: relativeCost) }

    /// Takes in that a value came while the network is not computed.
    public mutating func skip() { if configuration.use == .automatic { worth.skip() } }

    /// Takes in that a series has learned the last value of its history; `isMiss` where a prediction of it failed.
    mutating func learned(_ series: LSTMSeries, history: ValueHistory, isMiss: Bool) {
        count &+= 1
        guard isMiss || series.count % configuration.windowStride == 0 else { return }
        if let window = series.window(history: history, configuration: configuration, isMiss: isMiss) {
            reservoir.add(window)
        }
    }

    /// A job when one is due; nil otherwise. The job stays under way until it is applied.
    public mutating func trainingJob() -> LSTMTrainingJob? {
        guard count >= nextCut, pending == nil, reservoir.windows.count >= configuration.batch else { return nil }
        nextCut = count + interval
        let job = LSTMTrainingJob(
            cut: count, delay: min(GlobalLSTM.maxDelay, interval / 4), configuration: configuration, network: network,
            optimizer: optimizer, windows: reservoir.windows, seed: seed ^ UInt64(count))
        pending = job
        return job
    }

    /// Takes in the result of the job under way; any other is dropped.
    public mutating func accept(_ result: LSTMTrainingResult) {
        if result.cut == pending?.cut { self.result = result }
    }

    /// Whether the result of the job under way is to be applied now.
    public var isDue: Bool { pending.map { count >= $0.cut + $0.delay } ?? false }

    /// Applies the result of the job under way at its place, and computes it where it has not come.
    @discardableResult
    public mutating func applyIfDue() -> Bool {
        guard isDue, let job = pending else { return false }
        let result = result ?? job.run()
        network = result.network
        optimizer = result.optimizer
        pending = nil
        self.result = nil
        return true
    }

    /// The weights, in PyTorch's order: all that was learned but for the optimizer's moments, which come back within a
    /// few hundred updates.
    public var weights: [Float] { network.parameters }

    /// Values between two jobs: an eighth of those learned.
    private var interval: Int { min(max(configuration.interval, count / 8), configuration.longestInterval) }

    /// What the network costs per value, training included, for each unit that the other models cost.
    var relativeCost: Float {
        let own = configuration.shape.multiplications + configuration.trainingMultiplications(interval: interval)
        return Float(own) / GlobalLSTM.otherMultiplications
    }

    /// What the other models of a series take per value at one step, in the network's multiplications: .44 µs against
    /// .2 µs for 2,240.
    private static let otherMultiplications: Float = 5000
}
