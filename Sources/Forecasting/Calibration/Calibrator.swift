/// Maps a raw score to the share of cases with that score that turned out true, learned as they come.
///
/// Twenty-one knots at 0, .05, … 1 hold decayed counts of cases and hits; a case counts for the two knots around it by its
/// distance. A knot starts as the identity, worth six cases, so that little data says little; between knots the map is
/// linear. Where hits and scores drift apart the decay (half-life 700 cases of a knot) forgets the old map.
///
/// ```swift
/// var calibrator = Calibrator()
/// calibrator.learn(raw: 0.9, hit: false)
/// calibrator.calibrated(0.9)   // a little less than .9
/// ```
///
/// Cost: constant. Source: histogram calibration, Zadrozny and Elkan, KDD 2002; interpolation and decay are ours.
public struct Calibrator: Sendable {
    private static let knots = 21
    private static let prior: Float = 6
    private static let keep: Float = 0.999

    /// Per knot: decayed number of cases, hits, and sum of raw scores.
    private var cases = [Float](repeating: 0, count: knots)
    private var hits = [Float](repeating: 0, count: knots)
    /// Surprise of the last cases in one direction: raised decay while the map is plainly wrong.
    private var drift: Float = 0

    /// Creates the identity.
    public init() {}

    /// How many cases weigh in, after decay.
    public var weight: Double { Double(cases.reduce(0, +)) }

    /// The calibrated probability of a raw score in 0…1.
    public func calibrated(_ raw: Double) -> Double {
        let (knot, share) = Calibrator.place(raw)
        return Double((1 - share) * value(knot) + share * value(knot + 1))
    }

    /// Takes in how a case with a raw score turned out.
    public mutating func learn(raw: Double, hit: Bool) {
        let (knot, share) = Calibrator.place(raw)
        let expected = (1 - share) * value(knot) + share * value(knot + 1)
        drift += 0.02 * ((hit ? 1 : 0) - expected - drift)
        let keep = abs(drift) > 0.2 ? Calibrator.keep - 0.03 : Calibrator.keep
        learn(at: knot, share: 1 - share, hit: hit, keep: keep)
        learn(at: knot + 1, share: share, hit: hit, keep: keep)
    }

    @inline(__always)
    private mutating func learn(at knot: Int, share: Float, hit: Bool, keep: Float) {
        let kept = 1 - (1 - keep) * share
        cases[knot] = cases[knot] * kept + share
        hits[knot] = hits[knot] * kept + (hit ? share : 0)
    }

    @inline(__always)
    private func value(_ knot: Int) -> Float {
        let identity = Float(knot) / Float(Calibrator.knots - 1)
        return (hits[knot] + Calibrator.prior * identity) / (cases[knot] + Calibrator.prior)
    }

    /// The knot below a score, and how far the score is on its way to the next.
    @inline(__always)
    private static func place(_ raw: Double) -> (knot: Int, share: Float) {
        let scaled = min(max(raw.isNaN ? 0 : raw, 0), 1) * Double(knots - 1)
        let knot = min(Int(scaled), knots - 2)
        return (knot, Float(scaled - Double(knot)))
    }
}
