/// The quantiles of the next gap of a series without a grid, by the model that has told them best of late.
///
/// Three models are kept: the histogram of all gaps, that of the present context (``GapContext``), and the autoregression
/// (``LogGapAutoregression``). Each states five quantiles; the one with the least discounted log-pinball loss
/// (``GapLevels``, discount .998) speaks. They are not blended: an average of two models' quantiles is met by neither
/// where stamps are tied.
///
/// ```swift
/// var next = NextGap()
/// next.learn(250_000, at: 250_000)
/// next.window(low: 0.05, high: 0.95)   // 250,000, 250,000, 250,000
/// ```
///
/// Loss next to the running empirical quantiles' (Benchmarks/ArrivalTimes): azure_llm_conv .984, travel_time_387 .911,
/// two-state Markov .649, Hawkes .936, Poisson 1.002. Cost: about 400 ns per gap. Memory: 9 kB.
struct NextGap: Sendable {
    private static let discount: Float = 0.998
    private static let day: Int64 = 86_400_000_000
    private static let hour: Int64 = 3_600_000_000

    private(set) var model = ArrivalModel.histogram
    private var histogram: LogGapHistogram
    private var context = GapContext()
    private var autoregression = LogGapAutoregression()
    /// The quantiles that the two histograms state, in microseconds, and the logarithms of those of all models.
    private var told = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    private var stated = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
    /// What the present context is told from.
    private var mixture: LogGapHistogram.Mixture
    private var losses = SIMD3<Float>.zero
    private var count = 0
    private var smallest: Int64 = .max
    /// What is added to gaps before their logarithm is taken, in microseconds.
    private var resolution: Float = 1

    /// Goes on from a histogram of the gaps so far.
    init(histogram: LogGapHistogram = LogGapHistogram()) {
        self.histogram = histogram
        self.histogram.addRows(GapContext.rows)
        mixture = LogGapHistogram.Mixture(self.histogram)
    }

    /// The memory held, in bytes.
    var bytes: Int { MemoryLayout<NextGap>.stride + histogram.bytes + autoregression.bytes }

    /// Takes in a gap that ended `now` microseconds after the first arrival.
    mutating func learn(_ gap: Int64, at now: Int64) {
        let logGap = logarithm(Float(gap) + resolution)
        if count > 0 {
            judge(logGap)
            histogram.learn(gap, first: context.levelRow, second: context.pairRow)
        } else {
            histogram.learn(gap)
        }
        count += 1
        let time = now % NextGap.day
        let before = (time - gap % NextGap.day + NextGap.day) % NextGap.day
        let hour = Int(time / NextGap.hour)
        autoregression.learn(logGap: logGap, part: Int(before / NextGap.hour), nextPart: hour)
        context.learn(logGap: logGap, quarter: hour / 6)
        adapt(gap)
        if count & 7 == 0 || count < 64 {
            // The histogram of all gaps changes little from one to the next.
            told.0 = LogGapHistogram.Mixture(histogram).quantiles(of: histogram)
            stated.0 = logarithms(told.0)
        }
        mixture = LogGapHistogram.Mixture(
            histogram, mixing: context.levelRow, context.pairRow, prior: GapContext.prior)
        told.1 = mixture.quantiles(of: histogram)
        stated.1 = logarithms(told.1)
        stated.2 = autoregression.quantiles()
    }

    /// The gaps at two levels and the one in the middle, in microseconds.
    @inline(__always)
    func window(low: Float, high: Float) -> GapWindow {
        if model == .autoregression {
            return GapWindow(low: regressed(low), middle: regressed(0.5), high: regressed(high))
        }
        let told = model == .context ? told.1 : told.0
        let speaking = speaking
        return GapWindow(
            low: min(speaking.quantile(low, of: histogram), told[1]), middle: told[2],
            high: max(speaking.quantile(high, of: histogram), told[3]))
    }

    /// The quantiles at the five levels, in microseconds.
    var quantiles: GapQuantiles {
        if model == .autoregression {
            return GapQuantiles(
                regressed(0.05), regressed(0.25), regressed(0.5), regressed(0.75), regressed(0.95))
        }
        return GapQuantiles(model == .context ? told.1 : told.0)
    }

    /// The probability that the next gap is at most `gap` microseconds; with `isStrict`, that it is less.
    func share(upTo gap: Double, isStrict: Bool) -> Float {
        guard gap >= 0 else { return 0 }
        if model == .autoregression { return autoregression.share(upTo: logarithm(Float(gap) + resolution)) }
        return speaking.share(upTo: gap, isStrict: isStrict, of: histogram)
    }

    private var speaking: LogGapHistogram.Mixture {
        model == .context ? mixture : LogGapHistogram.Mixture(histogram)
    }

    private func regressed(_ level: Float) -> Double {
        Double(max(exponential(autoregression.quantile(level)) - resolution, 0))
    }

    @inline(__always)
    private mutating func judge(_ logGap: Float) {
        let loss = SIMD3(
            GapLevels.pinball(stated.0, actual: logGap), GapLevels.pinball(stated.1, actual: logGap),
            GapLevels.pinball(stated.2, actual: logGap))
        losses = NextGap.discount * losses + loss
        let least = min(losses[0], losses[1], losses[2])
        model = losses[0] == least ? .histogram : losses[1] == least ? .context : .autoregression
    }

    /// Makes the resolution the least gap seen, but at least a thousandth of the usual one.
    @inline(__always)
    private mutating func adapt(_ gap: Int64) {
        if gap > 0, gap < smallest {
            smallest = gap
        } else if count & 63 != 0 {
            return
        }
        resolution = max(smallest == .max ? 1 : Float(smallest), Float(histogram.quantile(0.5)) / 1000)
    }

    @inline(__always)
    private func logarithms(_ gaps: SIMD8<Double>) -> SIMD8<Float> {
        GapLevels.logarithms(SIMD8<Float>(gaps) + resolution)
    }
}

extension NextGap {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        var speaker = model.rawValue
        try coder.pass(&speaker, in: 0...(ArrivalModel.allCases.count - 1))
        model = ArrivalModel(rawValue: speaker) ?? .histogram
        try histogram.pass(through: &coder)
        try context.pass(through: &coder)
        try autoregression.pass(through: &coder)
        try coder.pass(&told.0)
        try coder.pass(&told.1)
        try coder.pass(&stated.0)
        try coder.pass(&stated.1)
        try coder.pass(&stated.2)
        try coder.pass(&losses)
        try coder.pass(&count)
        try coder.pass(&smallest, in: 1...(.max))
        try coder.pass(&resolution)
        guard coder.isReading else { return }
        // The mixture follows from the others.
        mixture =
            count == 0
            ? LogGapHistogram.Mixture(histogram)
            : LogGapHistogram.Mixture(
                histogram, mixing: context.levelRow, context.pairRow, prior: GapContext.prior)
    }
}
