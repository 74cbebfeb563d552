/// Corrects the probabilities of predictions that were picked, by what became of them: a map of its own (``Calibrator``), on
/// what that says a logistic regression, and on what that says a tracker of its residuals, all learned as they come.
///
/// With e what the map says of the estimate, b the base rate and l the log odds, the regression is
///
///     l(p) = l(e) + w₀ + w₁·(l(e) + 0.4) + w₂·(l(b) + 0.8)
///
/// which is no correction at the start, w = 0. Whoever picks the best of many estimates picks those that err upwards, so w₁
/// becomes negative: what is far from the middle is drawn to it. The base rate says what an estimate that is mostly error
/// should be drawn to. Weights are learned by Newton steps, one case each, under a curvature that forgets (λ .9998) and starts
/// stiff (0.02), so that it takes some hundred cases to say much. What error remains in it after thousands of cases, because
/// the truth has another shape or moves, the tracker (`ResidualTracker`) takes away.
///
/// ```swift
/// var calibrator = SelectionCalibrator()
/// let mapped = calibrator.mapped(0.9)
/// let regressed = calibrator.regressed(mapped: mapped, baseRate: 0.3)
/// calibrator.calibrated(regressed: regressed)                  // .9
/// calibrator.learn(estimate: 0.9, mapped: mapped, regressed: regressed, baseRate: 0.3, hit: false, together: 1)
/// ```
///
/// Cost: some 70 ns.
/// Source: Platt, *Advances in Large Margin Classifiers* 1999; the recursion is that of Haykin, *Adaptive Filter Theory*,
/// weighted by the curvature of the logistic.
public struct SelectionCalibrator: Sendable {
    private var map = Calibrator()
    private var weights = SIMD3<Double>.zero
    private var first = SIMD3<Double>(stiffness, 0, 0)
    private var second = SIMD3<Double>(0, stiffness, 0)
    private var third = SIMD3<Double>(0, 0, stiffness)
    private var tracker = ResidualTracker()

    private static let stiffness = 0.02
    private static let forgetting = 0.9998

    /// Creates the identity.
    public init() {}

    /// What the map says of an estimate.
    public func mapped(_ estimate: Double) -> Double { map.calibrated(estimate) }

    /// What the regression makes of what ``mapped(_:)`` said.
    public func regressed(mapped: Double, baseRate: Double) -> Double {
        let inputs = Self.inputs(mapped, baseRate)
        return Self.probability(inputs[1] - 0.4 + (weights * inputs).sum())
    }

    /// The corrected probability of what ``regressed(mapped:baseRate:)`` said.
    public func calibrated(regressed: Double) -> Double { tracker.tracked(regressed) }

    /// Takes in how a picked prediction turned out.
    ///
    /// - Parameters:
    ///   - estimate: The estimate, before any correction.
    ///   - mapped: What the map said of it when the prediction was made. What it says now it may have from predictions of the
    ///     same event, which ended with this one.
    ///   - regressed: What the regression said of that, at the same time.
    ///   - baseRate: The share of the past that agreed.
    ///   - hit: Whether the prediction came true.
    ///   - together: How many predictions one event ends, as a rule: they are one piece of evidence.
    public mutating func learn(
        estimate: Double, mapped: Double, regressed: Double, baseRate: Double, hit: Bool, together: Int
    ) {
        tracker.learn(regressed, hit: hit, together: together)
        let inputs = Self.inputs(mapped, baseRate)
        let probability = Self.probability(inputs[1] - 0.4 + (weights * inputs).sum())
        let curvature = max(probability * (1 - probability), 0.02)
        let image = first * inputs[0] + second * inputs[1] + third * inputs[2]
        let gain = 1 / (Self.forgetting + curvature * (image * inputs).sum())
        weights += image * (gain * ((hit ? 1 : 0) - probability))
        map.learn(raw: estimate, hit: hit)
        // What is forgotten makes it livelier, never livelier than at the start.
        let keep = first[0] + second[1] + third[2] < 3 * Self.stiffness ? 1 / Self.forgetting : 1
        let scaled = image * (gain * curvature)
        first = (first - image * scaled[0]) * keep
        second = (second - image * scaled[1]) * keep
        third = (third - image * scaled[2]) * keep
        // Kept symmetric: left to itself, the difference of the halves grows by 1/λ with every case.
        first = SIMD3(first[0], second[0], third[0])
        second = SIMD3(second[0], second[1], third[1])
    }

    private static func inputs(_ estimate: Double, _ baseRate: Double) -> SIMD3<Double> {
        SIMD3(1, logOdds(estimate) + 0.4, logOdds(baseRate) + 0.8)
    }

    private static func logOdds(_ probability: Double) -> Double {
        // NaN fails the comparison and becomes the lower bound.
        let bounded = probability > 0.005 ? min(probability, 0.995) : 0.005
        return logarithm(bounded / (1 - bounded))
    }

    private static func probability(_ logOdds: Double) -> Double { 1 / (1 + exponential(-logOdds)) }
}

extension SelectionCalibrator {
    /// Writes the state, or reads it back.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try map.pass(through: &coder)
        try coder.pass(&weights)
        try coder.pass(&first)
        try coder.pass(&second)
        try coder.pass(&third)
        try tracker.pass(through: &coder)
    }
}
