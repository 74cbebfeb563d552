/// Decayed counts of time gaps in 64 bins of equal width in the logarithm, which widen as the gaps demand.
///
/// A bin is 1/16 of an octave wide at first; a gap beyond the ends merges pairs of bins until it fits. Gaps of zero have a
/// bin of their own. Every bin remembers the mean of its gaps, so that tied gaps are met exactly.
///
/// ```swift
/// var histogram = LogGapHistogram()
/// histogram.learn(60_000_000)
/// histogram.quantile(0.5)   // 60,000,000
/// ```
///
/// Parameters: the growth of a gap's weight, 1 / .998. Cost: at most 64 additions for the three quantiles of a window.
struct LogGapHistogram: Sendable {
    static let bins = 64
    /// The memory of the counts and means, in bytes.
    static let bytes = 8 * bins
    private static let growth: Float = 1 / 0.998

    private var counts = [Float](repeating: 0, count: bins)
    private var means = [Float](repeating: 0, count: bins)
    private var zeroes: Float = 0
    private var total: Float = 0
    private var weight: Float = 1
    /// The logarithm to base 2 where bin 0 begins, in bins, and the width of a bin in octaves.
    private var origin = 0
    private var width: Float = 1 / 16

    /// The weight of all gaps in units of the latest.
    var count: Float { total / weight }

    mutating func learn(_ gap: Int64) {
        weight *= LogGapHistogram.growth
        if weight > 1e6 { rescale() }
        total += weight
        guard gap > 0 else {
            zeroes += weight
            return
        }
        let place = logarithm(Float(gap)) * 1.442695
        var bin = Int((place / width).rounded(.down)) - origin
        if total - zeroes <= weight * 1.0001 {
            origin += bin - LogGapHistogram.bins / 2
            bin = LogGapHistogram.bins / 2
        }
        while bin < 0 || bin >= LogGapHistogram.bins {
            widen(towards: bin)
            bin = Int((place / width).rounded(.down)) - origin
        }
        counts[bin] += weight
        means[bin] += (Float(gap) - means[bin]) * max(weight / counts[bin], 0.05)
    }

    /// The gaps below which 5, 50 and 95 % of the gaps lie.
    func window() -> GapWindow {
        var bin = 0
        var below = zeroes
        return GapWindow(
            low: quantile(0.05, from: &bin, below: &below), middle: quantile(0.5, from: &bin, below: &below),
            high: quantile(0.95, from: &bin, below: &below))
    }

    /// The gap below which a share of the gaps lies: interpolated within its bin, but never on the inner side of the
    /// bin's mean.
    func quantile(_ level: Float) -> Double {
        var bin = 0
        var below = zeroes
        return quantile(level, from: &bin, below: &below)
    }

    /// The same, going on at the bin that a smaller share was found in.
    @inline(__always)
    private func quantile(_ level: Float, from bin: inout Int, below: inout Float) -> Double {
        let wanted = level * total
        if wanted <= zeroes || total <= zeroes { return 0 }
        while bin < LogGapHistogram.bins - 1, below + counts[bin] < wanted {
            below += counts[bin]
            bin += 1
        }
        // Rounding may leave a trace of weight beyond the last gap.
        while counts[bin] == 0, bin > 0 {
            bin -= 1
            below -= counts[bin]
        }
        let share = min(max((wanted - below) / counts[bin], 0), 1)
        let edge = Double(exponential((Float(origin + bin) + share) * width * 0.6931472))
        let mean = Double(means[bin])
        return level < 0.5 ? min(edge, mean) : level > 0.5 ? max(edge, mean) : mean
    }

    /// Doubles the width of the bins; the room that becomes free lies on the side of a bin that does not fit.
    private mutating func widen(towards bin: Int) {
        let half = LogGapHistogram.bins / 2
        let first = origin >> 1
        let shift = bin < 0 ? half - 1 : 0
        var merged = [Float](repeating: 0, count: LogGapHistogram.bins)
        var mergedMeans = merged
        for old in 0..<LogGapHistogram.bins where counts[old] > 0 {
            let new = min(max(((origin + old) >> 1) - first + shift, 0), LogGapHistogram.bins - 1)
            let sum = merged[new] + counts[old]
            mergedMeans[new] += (means[old] - mergedMeans[new]) * counts[old] / sum
            merged[new] = sum
        }
        counts = merged
        means = mergedMeans
        origin = first - shift
        width *= 2
    }

    private mutating func rescale() {
        for bin in 0..<LogGapHistogram.bins { counts[bin] /= weight }
        zeroes /= weight
        total /= weight
        weight = 1
    }
}

/// The middle of some gaps and the ends of the 90 % around it, in microseconds.
struct GapWindow: Sendable {
    var low: Double
    var middle: Double
    var high: Double
}
