/// Adds to a probability what probabilities near it have lacked so far: the last step of calibration, which leaves no lasting
/// error where the steps before it do.
///
/// Eleven knots at 0, .1, … 1 hold the decayed number of cases and the sum of their residuals, outcome − probability; a case
/// counts for the two knots around it by its distance. With p between knots i and i + 1, at share s of the way, it says
///
///     p + (1 − s)·Rᵢ / (nᵢ + 30) + s·Rᵢ₊₁ / (nᵢ₊₁ + 30)
///
/// so that little data says little. It forgets (λ .998) by the event and not by the case: where one event ends twelve predictions
/// at once, as when every step is announced, a case forgets a twelfth.
///
/// ```swift
/// var tracker = ResidualTracker()
/// for _ in 0..<100 { tracker.learn(0.9, hit: false, together: 1) }
/// tracker.tracked(0.9)   // .23: of a hundred that said .9 none came true
/// ```
///
/// Cost: constant. Source: Gupta and Ramdas, "Online Platt Scaling with Calibeating", ICML 2023, after Foster and Hart,
/// "Calibeating", Theoretical Economics 2023; interpolation and shrinkage are ours.
struct ResidualTracker: Sendable {
    private static let knots = 11
    private static let prior: Float = 30
    private static let keep: Float = 0.998

    private var cases = [Float](repeating: 0, count: knots)
    private var residuals = [Float](repeating: 0, count: knots)

    /// The probability and what those near it have lacked.
    func tracked(_ probability: Double) -> Double {
        let probability = Self.bounded(probability)
        let (knot, share) = Self.place(probability)
        let lacked = Double((1 - share) * residual(at: knot) + share * residual(at: knot + 1))
        return min(max(probability + lacked, 0.001), 0.999)
    }

    /// Takes in how a case turned out of which `probability` was said, one of so many that an event ends together.
    mutating func learn(_ probability: Double, hit: Bool, together: Int) {
        let probability = Self.bounded(probability)
        let (knot, share) = Self.place(probability)
        let residual = (hit ? 1 : 0) - Float(probability)
        let lost = (1 - Self.keep) / Float(max(together, 1))
        learn(at: knot, share: 1 - share, residual: residual, lost: lost)
        learn(at: knot + 1, share: share, residual: residual, lost: lost)
    }

    @inline(__always)
    private mutating func learn(at knot: Int, share: Float, residual: Float, lost: Float) {
        let kept = 1 - lost * share
        cases[knot] = cases[knot] * kept + share
        residuals[knot] = residuals[knot] * kept + share * residual
    }

    @inline(__always)
    private func residual(at knot: Int) -> Float { residuals[knot] / (cases[knot] + Self.prior) }

    /// The nearest in 0…1; of NaN, which fails the comparison, 0.
    @inline(__always)
    private static func bounded(_ probability: Double) -> Double { probability > 0 ? min(probability, 1) : 0 }

    /// The knot below a probability, and how far it is on its way to the next.
    @inline(__always)
    private static func place(_ probability: Double) -> (knot: Int, share: Float) {
        let scaled = probability * Double(knots - 1)
        let knot = min(Int(scaled), knots - 2)
        return (knot, Float(scaled - Double(knot)))
    }
}

extension ResidualTracker {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(fixed: &cases)
        try coder.pass(fixed: &residuals)
        let isSound = cases.allSatisfy { $0.isFinite && $0 >= 0 } && residuals.allSatisfy(\.isFinite)
        try coder.check(isSound, "a residual is not finite")
    }
}
