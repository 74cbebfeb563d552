/// Whether the global network takes part in forecasts.
public enum LSTMUse: Sendable, Equatable {
    /// Never: nothing is computed, trained or kept.
    case off
    /// Where it earns what it costs; see `LSTMWorth`.
    case automatic
    /// Always, because the request asks for it.
    case always
}
