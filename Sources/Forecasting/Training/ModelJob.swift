/// A piece of work for the background: a pure function of a copy of the past (design note 0006).
///
/// ```swift
/// let result = job.run()          // anywhere, any time
/// ```
public enum ModelJob: Sendable {
    /// Find a series' season and renew its scales.
    case series(TrainingJob)
    /// Train a stream's network.
    case network(LSTMTrainingJob)

    /// Does the work.
    public func run() -> ModelResult {
        switch self {
        case .series(let job): .series(job.run())
        case .network(let job): .network(job.run())
        }
    }
}
