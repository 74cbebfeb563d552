/// What a ``ModelJob`` found.
public enum ModelResult: Sendable {
    /// Fresh models of a series, or nothing to do.
    case series(TrainingResult)
    /// The network as it is after training.
    case network(LSTMTrainingResult)
}
