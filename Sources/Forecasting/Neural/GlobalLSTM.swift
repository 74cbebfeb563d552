/// One recurrent network for all series of a stream: its weights, what it is trained on, when it is trained.
///
/// A series keeps its own state (``LSTMSeries``) and blends the network's forecast of the next value with the mix of its
/// other models. Weights change only where a training result is applied: exactly ``delay`` events of the stream after the
/// job was cut, whenever the result came; a result that is late is computed on the spot (design note 0006).
///
/// ```swift
/// var global = GlobalLSTM(seed: 1)
/// forecaster.learn(value, global: &global)              // shows it the value, blends its forecast with the others'
/// global.endEvent()                                     // after all fields of an event; applies what is due
/// if let job = global.trainingJob() { send(job) }       // later: global.accept(job.run())
/// ```
///
/// Per value of a series, in this order (`NumericForecaster.learn(_:global:isMiss:)`): `series.judge` and `global.judge`
/// before the history has the value; `series.learn` after; `series.blend.mixed` once the mix has its forecast, to be used
/// where ``isUsed``; ``learned(_:history:isMiss:)``, or ``skip()`` where the network is not computed.
///
/// A value type; copies share weights and windows, which nobody changes. Memory: at 16 hidden units 7 kB of weights,
/// 14 kB of moments, up to 256 windows of 1.5 kB. Cost per value: every eighth one of a series copies a window, 1 µs.
/// Training takes 20 ms of another thread per 1,000 values at the shortest distance of jobs, a 64th of that at the
/// longest.
public struct GlobalLSTM: Sendable {
    /// How it is trained.
    public private(set) var configuration: LSTMConfiguration
    /// How many values of all series were learned.
    public private(set) var count = 0
    /// How many events of the stream were learned, whether or not the network was computed.
    public private(set) var events = 0
    /// Whether it earns its keep, where that decides.
    private(set) var worth = LSTMWorth()
    private(set) var network: LSTMNetwork
    private var optimizer: AdamOptimizer
    private var reservoir: LSTMReservoir
    /// The job under way.
    public private(set) var pending: LSTMTrainingJob?
    private var result: LSTMTrainingResult?
    private var nextCut: Int
    private var seed: UInt64

    /// The events that come between a job's cut and its result: exactly as many.
    public static let delay = 256

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

    /// Takes part in another way from the next value on; what was learned stays.
    public mutating func use(_ use: LSTMUse) { configuration.use = use }

    /// The most memory it ever holds, its series' not counted, in bytes: weights, moments and windows, all of them once
    /// more for a job under way and its result.
    public var byteLimit: Int {
        let steps = configuration.warmUpSteps + configuration.windowSteps
        let window = steps * (configuration.shape.inputs + configuration.shape.outputs) + 64
        return 4 * (6 * configuration.shape.parameterCount + 2 * configuration.windowLimit * window)
    }

    /// The part of the mix's error that the network takes away, lately; negative where it adds to it.
    public var gain: Double { Double(worth.gain) }

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

    /// A job when one is due after the last event; nil otherwise. The job stays under way until it is applied.
    public mutating func trainingJob() -> LSTMTrainingJob? {
        guard count >= nextCut, pending == nil, reservoir.windows.count >= configuration.batch else { return nil }
        nextCut = count + interval
        let job = LSTMTrainingJob(
            cut: events, configuration: configuration, network: network, optimizer: optimizer,
            windows: reservoir.windows, seed: seed ^ UInt64(count))
        pending = job
        return job
    }

    /// Takes in the result of the job under way; any other is dropped.
    public mutating func accept(_ result: LSTMTrainingResult) {
        if result.cut == pending?.cut { self.result = result }
    }

    /// Takes in that all fields of an event were learned, and applies the result of the job under way where this is its
    /// place. One that has not come is computed.
    ///
    /// - Returns: Whether a result was applied.
    @discardableResult
    public mutating func endEvent() -> Bool {
        events &+= 1
        guard let job = pending, events >= job.cut + GlobalLSTM.delay else { return false }
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

extension GlobalLSTM {
    /// Writes the state, or reads it back into a network made with the usual configuration. A job under way is written as
    /// what it was cut from: until it is applied, weights and moments are those of its cut. Its result is computed again.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("lstm")
        var use = configuration.use.rawValue
        try coder.pass(&use, in: 0...LSTMUse.always.rawValue)
        configuration.use = LSTMUse(rawValue: use) ?? .off
        try coder.pass(&seed)
        try coder.pass(&count)
        try coder.pass(&events)
        try coder.pass(&nextCut)
        try worth.pass(through: &coder)
        try network.pass(through: &coder)
        try optimizer.pass(through: &coder)
        try reservoir.pass(through: &coder, configuration: configuration)
        guard try coder.flag(pending != nil) else { return }
        let job = try LSTMTrainingJob.passed(
            pending, configuration: configuration, network: network, optimizer: optimizer, kept: reservoir.windows,
            through: &coder)
        try coder.check(job.cut <= events, "a job was cut after the last event")
        if coder.isReading { pending = job }
    }
}
