/// The work of finding a series' season and renewing its scales, cut off from the series: a pure function of a copy of
/// its history.
///
/// ```swift
/// if let job = forecaster.trainingJob(stepMicroseconds: 300_000_000) {
///     let result = job.run()             // anywhere, any time
///     // job.delay values later:
///     forecaster.apply(result)
/// }
/// ```
///
/// Cost: two Fourier transforms; where the season or the scale changed, or a shorter history will do, also one replay.
public struct TrainingJob: Sendable {
    /// How many values the series had learned.
    public let cut: Int
    /// How many values after the cut the result is to be applied.
    public let delay: Int
    let stepMicroseconds: Int64?
    let steps: [Int]
    let season: Int
    let analogWindow: Int
    let scale: SeriesScale
    let history: [Double]
    let configuration: ForecastConfiguration

    /// Does the work.
    public func run() -> TrainingResult {
        let detector = SeasonDetector()
        let fresh = SeriesScale(of: history)
        var renewed = detector.detect(history, stepMicroseconds: stepMicroseconds)?.period ?? 1
        if renewed == 1, season > 1, detector.holds(season, in: history) { renewed = season }
        var limit = configuration.ringLimit(season: renewed)
        if renewed == 1 {
            limit = cut < 4096 ? configuration.ringLimit : max(limit, min(1024, configuration.ringLimit))
        }
        let isRoomy = renewed == season && history.count > limit
        let isOutgrown = configuration.analogWindow(count: history.count) != analogWindow
        if renewed == season, scale.suits(fresh), !isRoomy, !isOutgrown {
            return TrainingResult(cut: cut, steps: steps, state: nil, ringLimit: limit)
        }
        let state = NumericForecaster.replay(
            history, season: renewed, steps: steps, scale: fresh, limit: limit,
            configuration: configuration)
        return TrainingResult(cut: cut, steps: steps, state: state, ringLimit: limit)
    }
}

/// What a ``TrainingJob`` found: fresh models, or nothing to do.
public struct TrainingResult: Sendable {
    /// How many values the series had learned when the job was cut.
    public let cut: Int
    let steps: [Int]
    let state: SeriesState?
    let ringLimit: Int

    /// Whether the models stay as they are.
    public var isNothing: Bool { state == nil }
}

extension TrainingJob {
    /// Writes a job, or reads one, of a forecaster with steps and a configuration that both sides know.
    package static func passed(
        _ job: TrainingJob?, of forecaster: NumericForecaster, through coder: inout SnapshotCoder
    ) throws(SnapshotError) -> TrainingJob {
        let configuration = forecaster.configuration
        var cut = job?.cut ?? 0
        var delay = job?.delay ?? 0
        var season = job?.season ?? 1
        var analogWindow = job?.analogWindow ?? 0
        var scale = job?.scale ?? SeriesScale(of: [])
        var history = job?.history ?? []
        try coder.pass(&cut)
        try coder.pass(&delay, in: 0...NumericForecaster.maxDelay)
        var stepMicroseconds = job?.stepMicroseconds ?? 0
        let isTimed = try coder.flag(job?.stepMicroseconds != nil)
        try coder.pass(&stepMicroseconds, in: 0...(.max / 4))
        try coder.pass(&season, in: 1...configuration.ringLimit)
        try coder.pass(&analogWindow, in: 0...configuration.ringLimit)
        try scale.pass(through: &coder)
        try coder.pass(list: &history, upTo: configuration.ringLimit, empty: 0)
        try coder.check(!history.isEmpty && history.allSatisfy(\.isFinite), "a history that was never learned")
        return TrainingJob(
            cut: cut, delay: delay, stepMicroseconds: isTimed ? stepMicroseconds : nil, steps: forecaster.steps,
            season: season, analogWindow: analogWindow, scale: scale, history: history, configuration: configuration)
    }

    /// The memory held, in bytes.
    package var bytes: Int { MemoryLayout<TrainingJob>.stride + 8 * history.count }
}
