/// The one expert that was best in the long run, for series on which no mix is as good.
///
///     l(k) ← l(k) + .002 (|e(k)| − l(k)) per expert and for the mix
///     share = clip((l(mix) / l(best) − 1.04) / .04, 0, 1)        forecast = (1 − share) · mix + share · best
///
/// Where the best answer is the median of values that are 0 or 1, or mostly equal with rare spikes, a mean of several good
/// experts is worse than the best of them. Looked at every 64 forecasts.
///
/// ```swift
/// var best = BestExpert(cells: block.cells(BestExpert.cellCount))
/// best.learn(experts, mix: 1, target: 0)
/// best.review(active)
/// best.share       // 0 before there were 300
/// ```
///
/// Source: follow the leader; Cesa-Bianchi and Lugosi, *Prediction, Learning, and Games*, 2006, chapter 3.
struct BestExpert {
    /// The room the model needs in its block.
    static let cellCount = ExpertVector.width
    private static let rate: Float = 0.002

    private var losses: Cells
    private var mixLoss: Float = 0
    private var count: Float = 0
    private(set) var lane = 0
    private(set) var share: Float = 0

    init(cells: Cells) { losses = cells }

    /// Takes in what experts and mix said of a value; lanes of experts that slept hold NaN.
    @inline(__always)
    mutating func learn(_ experts: ExpertVector, mix: Float, target: Float) {
        count = min(count + 1, 1e6)
        let rate = max(BestExpert.rate, 1 / count)
        let mixError = abs(mix - target)
        mixLoss += rate * (mixError - mixLoss)
        let error = experts.distance(to: target).replacingNaN(with: ExpertVector(repeating: 2 * mixError))
        (ExpertVector(losses, at: 0) * (1 - rate) + error * rate).store(losses, at: 0)
    }

    /// Chooses anew among the experts whose lanes are positive.
    mutating func review(_ active: ExpertVector) {
        var least = Float.infinity
        for lane in 0..<ExpertVector.width where active[lane] > 0 && losses[lane] < least {
            least = losses[lane]
            self.lane = lane
        }
        let ratio = least > 0 ? mixLoss / least : mixLoss > 0 ? 2 : 1
        share = count < 300 || !least.isFinite ? 0 : min(max((ratio - 1.04) * 25, 0), 1)
    }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) { losses.move(by: floats) }
}

extension BestExpert {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&mixLoss)
        try coder.pass(&count)
        try coder.pass(&lane, in: 0...(ExpertVector.width - 1))
        try coder.pass(&share)
    }
}
