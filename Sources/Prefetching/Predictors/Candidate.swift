/// A key that a predictor expects to be asked for.
struct Candidate: Sendable {
    /// The key.
    var symbol: UInt64
    /// Who expects it.
    var source: PredictionSource
    /// What the predictor thinks of it, in tenths, or another class of trust of its own. What that is worth the gate measures.
    var trust: UInt8
    /// After how many requests it is expected; 1 is the next.
    var distance: Int32
}
