/// What a season looks like: the mean of each of its phases, and how much of a series that explains.
///
/// ```swift
/// let profile = SeasonProfile(values, period: 24)
/// profile.strength(in: values)   // 0.86
/// ```
struct SeasonProfile {
    /// The length in values.
    let period: Int
    /// The mean of each phase minus the mean of all; phase 0 is that of the first value.
    let means: [Double]

    /// Takes the means of the phases; NaN does not count, and a phase without values is 0.
    init(_ values: [Double], period: Int) {
        self.period = period
        var sums = [Double](repeating: 0, count: period)
        var counts = [Double](repeating: 0, count: period)
        for (index, value) in values.enumerated() where !value.isNaN {
            sums[index % period] += value
            counts[index % period] += 1
        }
        let middle = RobustStatistics.mean(values)
        means = sums.indices.map { counts[$0] > 0 ? sums[$0] / counts[$0] - middle : 0 }
    }

    /// The values minus the profile.
    func removed(from values: [Double]) -> [Double] {
        values.indices.map { values[$0] - means[$0 % period] }
    }

    /// The share of the variance that the profile explains, corrected for the number of its phases, so that it is 0 on average
    /// where there is nothing to explain: 1 − (SSE ÷ (n − P)) ÷ (SST ÷ (n − 1)), at least 0.
    func strength(in values: [Double]) -> Double {
        let count = values.count(where: { !$0.isNaN })
        guard count > period + 1 else { return 0 }
        let total = RobustStatistics.variance(values) * Double(count) / Double(count - 1)
        let rest = removed(from: values)
        let unexplained = RobustStatistics.variance(rest) * Double(count) / Double(count - period)
        return total > 0 ? min(max(0, 1 - unexplained / total), 1) : 0
    }

    /// The values minus the mean of the length around each; at the ends, of what there is.
    static func withoutSlowMovements(_ values: [Double], period: Int) -> [Double] {
        let sums = PrefixSums(values)
        let middle = RobustStatistics.mean(values)
        return values.indices.map { index in
            // Whole lengths at the ends as well, so that the season itself stays.
            let first = min(max(0, index - period / 2), max(0, values.count - period))
            return values[index] - middle - sums.mean(first, min(first + period, values.count))
        }
    }

    /// The first value from which on the season shows: the beginning of the first window from which on three of four
    /// windows do, or, where it no longer shows, of the first that does.
    ///
    /// A window is 1 ÷ `strength` cycles, at least 2 and at most 8, and at least 48 values; it shows the season when
    /// the squared correlation of its values with the profile, each minus its window's mean, is above .3 × `strength`
    /// (at least .02, at most .3) and the correlation positive. `holds` is whether one of the last two windows does.
    func since(in values: [Double], strength: Double) -> (first: Int, holds: Bool) {
        let cycles = strength > 0.125 ? max(2, Int((1 / strength).rounded(.up))) : 8
        let width = max(cycles * period, 48)
        guard values.count >= 2 * width else { return (0, true) }
        let hop = max(1, width / 2)
        let threshold = min(max(0.3 * strength, 0.02), 0.3)
        var shown = 0
        var first = values.count - width
        var earliest = 0
        var holds = false
        var number = 0
        var start = values.count - width
        while start >= 0 {
            number += 1
            if correlation(values, start..<(start + width)) > threshold {
                shown += 1
                earliest = start
                if number <= 2 { holds = true }
                if shown * 4 >= number * 3 { first = start }
            }
            start -= hop
        }
        if !holds { first = earliest }
        // What is left before the first window is too short to say otherwise.
        return (first < hop ? 0 : first, holds)
    }

    /// The squared correlation with the profile in a stretch; 0 where it is negative.
    private func correlation(_ values: [Double], _ range: Range<Int>) -> Double {
        let middle = RobustStatistics.mean(values[range])
        let center = RobustStatistics.mean(range.lazy.map { means[$0 % period] })
        var product = 0.0
        var power = 0.0
        var own = 0.0
        for index in range where !values[index].isNaN {
            let value = values[index] - middle
            let expected = means[index % period] - center
            product += value * expected
            power += value * value
            own += expected * expected
        }
        return product > 0 && power > 0 && own > 0 ? product * product / (power * own) : 0
    }
}
