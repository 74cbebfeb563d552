/// The units a series is modelled in: standard deviations from the mean, and a robust asinh of them.
///
///     z = (y − centre) / spread            a = (asinh(stretch · z + shift) − robustCentre) / robustSpread
///                                          stretch · z + shift = (y − median) / interquartile range
///
/// Estimated from a history once, then fixed until the series is fitted again: the regressions live in these units.
struct SeriesScale: Equatable {
    private(set) var centre: Double = 0
    private(set) var spread: Double = 1
    private(set) var stretch: Float = 1
    private(set) var shift: Float = 0
    private(set) var robustCentre: Float = 0
    private(set) var robustSpread: Float = 1

    /// Estimates the units of a history.
    init(of values: [Double]) {
        guard !values.isEmpty else { return }
        let sorted = values.sorted()
        let count = Double(values.count)
        // Far outliers do not decide the units: they are cut at 20 interquartile ranges.
        let median = sorted[values.count / 2]
        let quarter = sorted[values.count / 4]
        var range = sorted[values.count * 3 / 4] - quarter
        // A range this small is what single precision made of equal values.
        if range < 1e-6 * (sorted[values.count - 1] - sorted[0]) { range = 0 }
        let reach = range > 0 ? 20 * range : .infinity
        var sum = 0.0
        for value in values { sum += min(max(value, median - reach), median + reach) - median }
        centre = median + sum / count
        var squares = 0.0
        for value in values {
            let distance = min(max(value, median - reach), median + reach) - centre
            squares += distance * distance
        }
        spread = (squares / count).squareRoot()
        if !centre.isFinite { centre = 0 }
        if !(spread > 0) { spread = max(abs(centre), 1) }
        if !spread.isFinite { spread = 1e300 }
        if !(range > 0.05 * spread) || !range.isFinite { range = 0.3 * spread }
        stretch = Float(spread / range)
        shift = Float((centre - median) / range)
        standardiseRobust(values)
    }

    /// Gives the robust scale mean 0 and deviation 1.
    private mutating func standardiseRobust(_ values: [Double]) {
        var sum = 0.0
        var squares = 0.0
        for value in values {
            let robust = Double(robust(standardised(value)))
            sum += robust
            squares += robust * robust
        }
        let mean = sum / Double(values.count)
        let deviation = max(squares / Double(values.count) - mean * mean, 0).squareRoot()
        robustCentre = Float(mean)
        robustSpread = deviation > 1e-3 ? Float(deviation) : 1
    }

    /// The standardised value, within what single precision can square.
    @inline(__always)
    func standardised(_ value: Double) -> Float { Float(min(max((value - centre) / spread, -1e9), 1e9)) }

    /// The value in the series' own units.
    @inline(__always)
    func value(_ standardised: Float) -> Double { centre + spread * Double(standardised) }

    /// The robust scale of four standardised values.
    @inline(__always)
    func robust(_ standardised: SIMD4<Float>) -> SIMD4<Float> {
        ((standardised * stretch + shift).inverseHyperbolicSine - robustCentre) * (1 / robustSpread)
    }

    /// The robust scale of a standardised value.
    @inline(__always)
    func robust(_ standardised: Float) -> Float { robust(SIMD4(repeating: standardised))[0] }

    /// The standardised value of one on the robust scale.
    @inline(__always)
    func standardised(robust: Float) -> Float {
        let size = min(max(robust * robustSpread + robustCentre, -20), 20)
        return (size.hyperbolicSine - shift) / stretch
    }

    /// Whether models fitted in these units need not be fitted again for a history whose own units are `other`.
    func suits(_ other: SeriesScale) -> Bool {
        let ratio = other.spread / spread
        return ratio > 0.2 && ratio < 5 && abs(other.centre - centre) < 5 * spread
    }
}

extension SeriesScale {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&centre)
        try coder.pass(&spread)
        try coder.pass(&stretch)
        try coder.pass(&shift)
        try coder.pass(&robustCentre)
        try coder.pass(&robustSpread)
        try coder.check(spread > 0, "a scale of spread \(spread)")
    }
}
