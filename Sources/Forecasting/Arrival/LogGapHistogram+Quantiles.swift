extension LogGapHistogram {
    /// What quantiles are read of: row 0, or a mixture of rows.
    struct Mixture {
        /// The weight of all bins, and of gaps of zero.
        private let total: Float
        private let zeroes: Float
        private let first: Int
        private let second: Int
        private let shares: SIMD3<Float>
        /// The weight up to the end of each group of bins.
        private let prefix: SIMD8<Float>

        /// Row 0.
        @inline(__always)
        init(_ histogram: borrowing LogGapHistogram) {
            (first, second, shares) = (0, 0, SIMD3(1, 0, 0))
            total = histogram.rows[0].total
            zeroes = histogram.rows[0].zeroes
            prefix = Mixture.prefix(histogram.sums[0])
        }

        /// The rows of two contexts, and all gaps with the weight of `prior`.
        @inline(__always)
        init(_ histogram: borrowing LogGapHistogram, mixing first: Int, _ second: Int, prior: Float) {
            (self.first, self.second) = (first, second)
            let (all, one, two) = (histogram.rows[0], histogram.rows[first], histogram.rows[second])
            shares = SIMD3(prior / max(all.total, all.weight), 1 / one.weight, 1 / two.weight)
            total = all.total * shares.x + one.total * shares.y + two.total * shares.z
            zeroes = all.zeroes * shares.x + one.zeroes * shares.y + two.zeroes * shares.z
            let sums = histogram.sums[0] * shares.x + histogram.sums[first] * shares.y
            prefix = Mixture.prefix(sums + histogram.sums[second] * shares.z)
        }

        @inline(__always)
        private static func prefix(_ sums: SIMD8<Float>) -> SIMD8<Float> {
            var result = sums
            for lane in 1..<8 { result[lane] += result[lane - 1] }
            return result
        }

        /// The weights in a group of bins.
        @inline(__always)
        private func weights(_ group: Int, of histogram: borrowing LogGapHistogram) -> SIMD8<Float> {
            let all = histogram.counts[group]
            if first == 0 { return all }
            let one = histogram.counts[first * LogGapHistogram.groups + group]
            let two = histogram.counts[second * LogGapHistogram.groups + group]
            return all * shares.x + one * shares.y + two * shares.z
        }

        /// The gap below which a share of the weight lies, in microseconds: the group, then the bin, then the place in it.
        @inline(__always)
        func quantile(_ level: Float, of histogram: borrowing LogGapHistogram) -> Double {
            let wanted = level * total - zeroes
            if wanted <= 0 { return 0 }
            var group = 0
            var below: Float = 0
            for lane in 0..<7 {
                group += prefix[lane] < wanted ? 1 : 0
                below = prefix[lane] < wanted ? prefix[lane] : below
            }
            let weights = weights(group, of: histogram)
            var bin = 8 * group
            var weight = weights[0]
            var sum = below
            for lane in 0..<7 {
                sum += weights[lane]
                bin += sum < wanted ? 1 : 0
                below = sum < wanted ? sum : below
                weight = sum < wanted ? weights[lane + 1] : weight
            }
            guard weight > 0 else { return nearest(bin, of: histogram) }
            let share = min(max((wanted - below) / weight, 0), 1)
            return histogram.means[bin] * Double(1 + (2 * share - 1) * histogram.reach(bin))
        }

        /// Where rounding leads beyond the last gap: the mean of the nearest bin that has gaps.
        private func nearest(_ bin: Int, of histogram: borrowing LogGapHistogram) -> Double {
            var place = bin
            while place > 0, weights(place >> 3, of: histogram)[place & 7] == 0 { place -= 1 }
            while place < LogGapHistogram.bins - 1, weights(place >> 3, of: histogram)[place & 7] == 0 { place += 1 }
            return histogram.means[place]
        }

        /// The gaps at the five levels (``GapLevels``), in the first five lanes, ascending.
        func quantiles(of histogram: borrowing LogGapHistogram) -> SIMD8<Double> {
            let fifth = quantile(0.05, of: histogram)
            let first = max(quantile(0.25, of: histogram), fifth)
            let middle = max(quantile(0.5, of: histogram), first)
            let third = max(quantile(0.75, of: histogram), middle)
            return SIMD8(fifth, first, middle, third, max(quantile(0.95, of: histogram), third), 0, 0, 0)
        }

        /// The gaps at two levels and the one in the middle.
        func window(low: Float, high: Float, of histogram: borrowing LogGapHistogram) -> GapWindow {
            let middle = quantile(0.5, of: histogram)
            return GapWindow(
                low: min(quantile(low, of: histogram), middle), middle: middle,
                high: max(quantile(high, of: histogram), middle))
        }

        /// The share of the weight of gaps that are at most `gap`; with `isStrict`, that are less.
        func share(upTo gap: Double, isStrict: Bool, of histogram: borrowing LogGapHistogram) -> Float {
            guard total > 0, gap > 0 || (gap == 0 && !isStrict) else { return 0 }
            var sum = zeroes
            for bin in 0..<LogGapHistogram.bins {
                let weight = weights(bin >> 3, of: histogram)[bin & 7]
                let mean = histogram.means[bin]
                let reach = mean * Double(histogram.reach(bin))
                if weight == 0 { continue }
                // A tied bin lies wholly on one side.
                guard reach > 0 else {
                    sum += (isStrict ? gap > mean : gap >= mean) ? weight : 0
                    continue
                }
                sum += weight * min(max(Float((gap - mean + reach) / (2 * reach)), 0), 1)
            }
            return min(sum / total, 1)
        }
    }

    /// How far a bin's weight reaches from its mean to either side, as a share of the mean.
    @inline(__always)
    private func reach(_ bin: Int) -> Float {
        min(2 * deviations[bin] / Float(means[bin]), 0.3466 * width, 1)
    }

    /// The gap below which a share of all gaps lies, in microseconds.
    func quantile(_ level: Float) -> Double { Mixture(self).quantile(level, of: self) }

    /// The gaps at two levels and the one in the middle, in microseconds.
    func window(low: Float, high: Float) -> GapWindow { Mixture(self).window(low: low, high: high, of: self) }

    /// The quantiles at the five levels, in microseconds.
    var quantiles: GapQuantiles { GapQuantiles(Mixture(self).quantiles(of: self)) }

    /// The share of all gaps that are at most `gap`; with `isStrict`, that are less.
    func share(upTo gap: Double, isStrict: Bool) -> Float {
        Mixture(self).share(upTo: gap, isStrict: isStrict, of: self)
    }
}

/// The middle of some gaps and the ends of the 90 % around it, in microseconds.
struct GapWindow: Sendable {
    var low: Double
    var middle: Double
    var high: Double
}
