/// Maps a raw score to the share of cases with that score that turned out true, learned as they come.
///
/// Twenty-one knots at 0, .05, … 1 hold decayed counts of cases and hits; a case counts for the two knots around it by its
/// distance. A knot starts as the identity, worth six cases, so that little data says little; between knots the map is
/// linear. There are two such maps, of a long memory (1,000 cases of a knot) and of a short one (40); the long one speaks
/// unless the short one was clearly better lately, which is how it recovers from drift.
///
/// ```swift
/// var calibrator = Calibrator()
/// calibrator.learn(raw: 0.9, hit: false)
/// calibrator.calibrated(0.9)   // a little less than .9
/// ```
///
/// Cost: constant. Source: histogram calibration, Zadrozny and Elkan, KDD 2002; interpolation and memories are ours.
public struct Calibrator: Sendable {
    private var long = CalibrationMap(keep: 0.999)
    private var short = CalibrationMap(keep: 0.975)
    /// Running mean of the squared error of the long map minus that of the short one.
    private var advantage = 0.0

    /// Creates the identity.
    public init() {}

    /// How many cases weigh in, after decay.
    public var weight: Double { long.weight }

    /// The calibrated probability of a raw score in 0…1.
    public func calibrated(_ raw: Double) -> Double {
        // Between the thresholds both speak, so that the map does not jump.
        let share = min(max((advantage - 0.01) / 0.02, 0), 1)
        let slow = long.value(raw)
        return share > 0 ? slow + share * (short.value(raw) - slow) : slow
    }

    /// The standard error of ``calibrated(_:)``: how far the share of hits among the few cases it rests on may be off.
    public func standardError(_ raw: Double) -> Double {
        let share = min(max((advantage - 0.01) / 0.02, 0), 1)
        let slow = long.standardError(raw)
        return share > 0 ? slow + share * (short.standardError(raw) - slow) : slow
    }

    /// Takes in how a case with a raw score turned out.
    public mutating func learn(raw: Double, hit: Bool) {
        let outcome = hit ? 1.0 : 0.0
        let slow = long.value(raw) - outcome
        let fast = short.value(raw) - outcome
        advantage += 0.03 * (slow * slow - fast * fast - advantage)
        long.learn(raw, hit: hit)
        short.learn(raw, hit: hit)
    }
}

/// One map of a ``Calibrator``: decayed counts at knots, with the identity as prior.
struct CalibrationMap: Sendable {
    private static let knots = 21
    private static let prior: Float = 6

    private let keep: Float
    private var cases = [Float](repeating: 0, count: knots)
    private var hits = [Float](repeating: 0, count: knots)

    init(keep: Float) { self.keep = keep }

    var weight: Double { Double(cases.reduce(0, +)) }

    func value(_ raw: Double) -> Double {
        let (knot, share) = CalibrationMap.place(raw)
        return Double((1 - share) * value(at: knot) + share * value(at: knot + 1))
    }

    /// That of a binomial share, sqrt(p·(1 − p) / n), the prior counted among the n cases.
    func standardError(_ raw: Double) -> Double {
        let (knot, share) = CalibrationMap.place(raw)
        let near = (1 - share) * cases[knot] + share * cases[knot + 1] + CalibrationMap.prior
        let value = value(raw)
        return (value * (1 - value) / Double(near)).squareRoot()
    }

    mutating func learn(_ raw: Double, hit: Bool) {
        let (knot, share) = CalibrationMap.place(raw)
        learn(at: knot, share: 1 - share, hit: hit)
        learn(at: knot + 1, share: share, hit: hit)
    }

    @inline(__always)
    private mutating func learn(at knot: Int, share: Float, hit: Bool) {
        let kept = 1 - (1 - keep) * share
        cases[knot] = cases[knot] * kept + share
        hits[knot] = hits[knot] * kept + (hit ? share : 0)
    }

    @inline(__always)
    private func value(at knot: Int) -> Float {
        let identity = Float(knot) / Float(CalibrationMap.knots - 1)
        return (hits[knot] + CalibrationMap.prior * identity) / (cases[knot] + CalibrationMap.prior)
    }

    /// The knot below a score, and how far the score is on its way to the next.
    @inline(__always)
    private static func place(_ raw: Double) -> (knot: Int, share: Float) {
        let scaled = min(max(raw.isNaN ? 0 : raw, 0), 1) * Double(knots - 1)
        let knot = min(Int(scaled), knots - 2)
        return (knot, Float(scaled - Double(knot)))
    }
}

extension Calibrator {
    /// Writes the state, or reads it back.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try long.pass(through: &coder)
        try short.pass(through: &coder)
        try coder.pass(&advantage)
    }
}

extension CalibrationMap {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(fixed: &cases)
        try coder.pass(fixed: &hits)
        try coder.check(cases.allSatisfy(\.isFinite) && hits.allSatisfy(\.isFinite), "a count is not finite")
    }
}
