/// Whether the global network takes part in forecasts.
public enum LSTMUse: Int, Sendable, Comparable {
    /// Never: nothing is computed, trained or kept.
    case off
    /// Where it earns what it costs; see `LSTMWorth`.
    case automatic
    /// Always, because the request asks for it.
    case always

    /// Whether less is asked for.
    public static func < (left: LSTMUse, right: LSTMUse) -> Bool { left.rawValue < right.rawValue }
}
