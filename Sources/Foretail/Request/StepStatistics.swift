import Forecasting

/// What became of a request's predictions at one step.
public struct StepStatistics: Sendable, Hashable {
    /// The step.
    public var step: Int
    /// Records announced.
    public var announced = 0
    /// Non-trivial records that ended as hits.
    public var hits = 0
    /// Non-trivial records that ended wrong.
    public var wrong = 0
    /// Non-trivial records that expired.
    public var expired = 0
    /// Records withdrawn.
    public var withdrawn = 0
    /// Trivial records that were judged.
    public var trivial = 0
    /// The trailing mean confidence of predictions at this step, announced or not.
    public var meanConfidence = 0.0

    init(step: Int) { self.step = step }

    /// Follows the confidence of the predictions made.
    mutating func noteConfidence(_ confidence: Double) {
        meanConfidence += 0.02 * (confidence - meanConfidence)
    }

    /// Hits among the non-trivial records judged; nil where there are none.
    public var precision: Double? {
        let judged = hits + wrong + expired
        return judged > 0 ? Double(hits) / Double(judged) : nil
    }
}

extension StepStatistics {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&announced)
        try coder.pass(&hits)
        try coder.pass(&wrong)
        try coder.pass(&expired)
        try coder.pass(&withdrawn)
        try coder.pass(&trivial)
        try coder.pass(&meanConfidence)
    }
}
