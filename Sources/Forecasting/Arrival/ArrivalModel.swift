/// The models that tell when an event comes.
public enum ArrivalModel: Int, Sendable, CaseIterable {
    /// A fixed beat.
    case grid
    /// The histogram of all times of the step.
    case histogram
    /// The histogram of the gaps that came at the present pace and time of day.
    case context
    /// The autoregression of the logarithms of gaps.
    case autoregression
}
