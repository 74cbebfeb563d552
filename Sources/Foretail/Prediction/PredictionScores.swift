/// How a prediction's confidence came about, kept until its outcome: the calibrators learn from the scores as they were.
///
/// Single precision is enough to learn from, and a shadow is kept for every step of every key.
struct PredictionScores: Hashable, Sendable {
    /// The probability the models give, before any calibration; negative where there is nothing to learn.
    var raw: Float = -1
    /// What its calibrator makes of that.
    var estimate: Float = 0
    /// What the map of the selection makes of that.
    var mapped: Float = 0
    /// What the regression of the selection makes of that.
    var regressed: Float = 0
    /// The share of the past that agreed.
    var baseRate: Float = 0
}
