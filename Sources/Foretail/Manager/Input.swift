public import Forecasting

/// What the manager is told.
public enum Input: Sendable {
    /// Events as the log ordered them.
    case events(EventBatch)
    /// Events of the past: learned, not forwarded.
    case history(EventBatch)
    /// The result of a training job, under the job's number.
    case trained(id: Int, ModelResult)
    /// Time has passed.
    case tick
}
