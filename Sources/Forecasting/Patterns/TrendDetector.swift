/// Finds a lasting trend, told apart from noise and from wandering.
///
/// The slope is Theil and Sen's: the median slope of all pairs among at most 200 medians of equal stretches. Whether it
/// is there is a t test that holds for stationary noise and for random walks alike (Perron and Yabu): the residuals of
/// a straight line have lag-1 autocorrelation φ, corrected for its bias by + (2 + 4φ)/n; where √n (1 − φ) < 1.5 it
/// counts as 1. Regress y(t) − φ y(t−1) on the line treated the same way; the standard error uses the long-run variance
/// of what is left (Newey and West, 4 (n/100)^¼ lags). |t| > 3.5 is a trend, if it also moves the series by half its
/// residual deviation over the history.
///
/// ```swift
/// TrendDetector().detect(values)?.slope  // 0.05 a value
/// ```
///
/// False alarms: see ``PatternDetector``. Cost: 20,000 pairs. Sources: Sen, "Estimates of the regression coefficient based on
/// Kendall's tau", 1968; Perron and Yabu, "Estimating deterministic trends with an integrated or stationary noise
/// component", 2009; Newey and West 1987.
struct TrendDetector {
    private static let threshold = 3.5
    private static let blocks = 200

    /// The slope per value and its score; nil where there is no trend. Values may hold NaN.
    func detect(_ values: [Double]) -> (slope: Double, score: Double)? {
        guard values.count >= 24 else { return nil }
        let clipped = clippedAround(values)
        let score = self.score(RobustStatistics.filled(clipped))
        guard abs(score) > Self.threshold else { return nil }
        let slope = senSlope(values)
        let rest = values.indices.map { values[$0] - slope * Double($0) }
        let reach = abs(slope) * Double(values.count)
        guard slope * score > 0, reach > 0.5 * RobustStatistics.deviation(rest) else { return nil }
        return (slope, score)
    }

    /// The median slope of all pairs of block medians.
    func senSlope(_ values: [Double]) -> Double {
        let width = max(1, (values.count + Self.blocks - 1) / Self.blocks)
        var places: [Double] = []
        var levels: [Double] = []
        for start in stride(from: 0, to: values.count, by: width) {
            let block = values[start..<min(start + width, values.count)]
            guard block.contains(where: { !$0.isNaN }) else { continue }
            places.append(Double(start) + Double(block.count - 1) / 2)
            levels.append(RobustStatistics.median(block))
        }
        var slopes: [Double] = []
        for first in levels.indices {
            for second in (first + 1)..<max(levels.count, first + 1) {
                slopes.append((levels[second] - levels[first]) / (places[second] - places[first]))
            }
        }
        return RobustStatistics.median(slopes)
    }

    /// The t statistic of the slope.
    private func score(_ values: [Double]) -> Double {
        let count = Double(values.count)
        let line = (0..<values.count).map { Double($0) - (count - 1) / 2 }
        let middle = RobustStatistics.mean(values)
        let squares = line.reduce(0) { $0 + $1 * $1 }
        let slope = zip(line, values).reduce(0) { $0 + $1.0 * ($1.1 - middle) } / squares
        let rest = zip(line, values).map { $0.1 - middle - slope * $0.0 }
        guard rest.contains(where: { abs($0) > 1e-12 * (abs(middle) + abs(slope) * count) }) else {
            return slope == 0 ? 0 : (slope > 0 ? 1e6 : -1e6)
        }
        var kept = RobustStatistics.lagOne(rest)
        kept += (2 + 4 * kept) / count
        if count.squareRoot() * (1 - kept) < 1.5 { kept = 1 }
        kept = max(kept, 0)
        // The line and a constant, treated as the values are.
        let y = (1..<values.count).map { values[$0] - kept * values[$0 - 1] }
        let x = (1..<line.count).map { kept == 1 ? 1 : line[$0] - kept * line[$0 - 1] }
        let yMiddle = kept == 1 ? 0 : RobustStatistics.mean(y)
        let xMiddle = kept == 1 ? 0 : RobustStatistics.mean(x)
        var power = 0.0
        var product = 0.0
        for index in x.indices {
            power += (x[index] - xMiddle) * (x[index] - xMiddle)
            product += (x[index] - xMiddle) * (y[index] - yMiddle)
        }
        let drift = product / power
        let errors = y.indices.map { y[$0] - yMiddle - drift * (x[$0] - xMiddle) }
        let variance = longRunVariance(errors)
        return variance > 0 ? drift * power.squareRoot() / variance.squareRoot() : 0
    }

    /// The variance of the errors with their autocovariances, weighted by Bartlett's triangle; at least half the plain one.
    private func longRunVariance(_ errors: [Double]) -> Double {
        let count = Double(errors.count)
        let lags = Int(4 * exponential(0.25 * logarithm(count / 100)))
        let plain = errors.reduce(0) { $0 + $1 * $1 } / count
        var sum = plain
        for lag in 1..<max(2, min(lags + 1, errors.count)) {
            var product = 0.0
            for index in lag..<errors.count { product += errors[index] * errors[index - lag] }
            sum += 2 * (1 - Double(lag) / Double(lags + 1)) * product / count
        }
        return max(sum, 0.5 * plain)
    }

    /// Outliers moved to five robust deviations from the line through the block medians.
    private func clippedAround(_ values: [Double]) -> [Double] {
        let slope = senSlope(values)
        let rest = values.indices.map { values[$0] - slope * Double($0) }
        let middle = RobustStatistics.median(rest)
        let limit = 5 * RobustStatistics.deviation(rest)
        guard limit > 0 else { return values }
        return values.indices.map { index in
            rest[index].isNaN
                ? .nan : slope * Double(index) + min(max(rest[index], middle - limit), middle + limit)
        }
    }
}
