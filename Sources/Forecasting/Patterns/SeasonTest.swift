/// Whether a series repeats itself after a given length, tested against its own noise.
///
/// A season of length P in C cycles is a set of lines in the spectrum, at C, 2C, 3C … cycles per history; noise of whatever
/// colour is smooth there. For each of the first 12 of these places: r = power ÷ the mean power of up to six bins on either
/// side (of the median of many, ÷ ln 2), which under noise is F(2, 2m) distributed, so p = (1 + r/m)^−m. Fisher's
/// combination makes one p of them: −Σ ln p is Gamma distributed. Before that, values are whitened by their lag-1
/// autocorrelation and clipped at five mean distances, so that neither walks nor outliers leak into the lines.
///
/// ```swift
/// SeasonTest.logProbability(of: 24, in: values)  // −60: no noise does this
/// ```
///
/// False alarms: see ``PatternDetector``. Cost:
/// at most 160 · n multiplications. Sources: Fisher 1929 (tests of a periodogram), Fisher 1932 (combination); Thomson 1982
/// (lines against a local background).
enum SeasonTest {
    /// Harmonics that are looked at.
    private static let harmonics = 12

    /// ln of the probability that noise without this season repeats itself as well as this.
    ///
    /// - Parameters:
    ///   - period: The length in values, at least 2.
    ///   - values: The history without gaps.
    ///   - skipping: Leaves out every so-manieth harmonic, because a season of this fraction of the length explains it.
    static func logProbability(of period: Int, in values: [Double], skipping: Int? = nil) -> Double {
        let cycles = values.count / period
        guard period >= 2, cycles >= 2, cycles * period >= 16 else { return 0 }
        let white = whitened(Array(values.suffix(cycles * period)))
        let last = max(1, (period - 1) / 2)
        var taken = 0
        var sum = 0.0
        var harmonic = 0
        while harmonic < last, taken < harmonics {
            harmonic += 1
            if let skipping, harmonic % skipping == 0 { continue }
            guard let logShare = line(harmonic * cycles, white, cycles: cycles) else { continue }
            sum -= logShare
            taken += 1
        }
        return taken == 0 ? 0 : logGammaTail(sum, shape: taken)
    }

    /// The mean power at a length's harmonics over that at neighbouring lines of a longer season, at most 12 of them: how much
    /// more a length is than part of the longer one's profile.
    static func prominence(of period: Int, within longer: Int, in values: [Double]) -> Double {
        let cycles = values.count / longer
        let factor = longer / period
        guard cycles >= 1, factor >= 4 else { return 0 }
        let white = whitened(Array(values.suffix(cycles * longer)))
        var ratio = 0.0
        let last = max(1, (period - 1) / 2)
        for harmonic in 1...min(last, harmonics) {
            let place = harmonic * factor
            var around = 0.0
            for offset in [-2, -1, 1, 2] { around += power((place + offset) * cycles, white) / 4 }
            ratio = max(ratio, power(place * cycles, white) / max(around, .leastNormalMagnitude))
        }
        return ratio
    }

    /// ln p of the line at one bin; nil where it has no background.
    private static func line(_ bin: Int, _ values: [Double], cycles: Int) -> Double? {
        let nearest = cycles >= 10 ? 2 : 1
        let furthest = max(nearest, min(nearest + 5, (cycles - 1) / 2))
        var around: [Double] = []
        for offset in nearest...furthest {
            if bin - offset >= 1 { around.append(power(bin - offset, values)) }
            if bin + offset <= values.count / 2 { around.append(power(bin + offset, values)) }
        }
        guard !around.isEmpty else { return nil }
        let height = power(bin, values)
        var weight = Double(around.count)
        var level = RobustStatistics.mean(around)
        if around.count >= 8 {
            level = RobustStatistics.median(around) * 1.4427
            weight /= 2.08
        }
        guard height > 0 else { return 0 }
        let ratio = height / max(level, height * 1e-12)
        return -weight * logarithm(1 + ratio / weight)
    }

    /// The power of one bin of the Fourier transform, by Goertzel's recursion.
    private static func power(_ bin: Int, _ values: [Double]) -> Double {
        let factor = 2 * cosine(2 * Double.pi * Double(bin) / Double(values.count))
        var last = 0.0
        var before = 0.0
        for value in values {
            let next = value + factor * last - before
            before = last
            last = next
        }
        return max(0, last * last + before * before - factor * last * before)
    }

    /// The values minus as much of the one before each as they usually keep, clipped.
    static func whitened(_ values: [Double]) -> [Double] {
        let clipped = RobustStatistics.clipped(values, at: 6)
        let kept = min(max(RobustStatistics.lagOne(clipped), 0), 1)
        let rest = clipped.indices.map { $0 == 0 ? 0 : clipped[$0] - kept * clipped[$0 - 1] }
        return RobustStatistics.clipped(rest, at: 5)
    }

    /// ln of the probability that a Gamma variable of a whole shape exceeds a value.
    private static func logGammaTail(_ value: Double, shape: Int) -> Double {
        var term = 1.0
        var sum = 1.0
        for place in 1..<max(shape, 1) {
            term *= value / Double(place)
            sum += term
        }
        return min(0, logarithm(sum) - value)
    }
}
