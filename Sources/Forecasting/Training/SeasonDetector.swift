/// Finds the length after which a series repeats itself, or says that it does not.
///
/// Where the distance of two values is known, only lengths from the calendar are candidates: an hour, twelve hours, a
/// day; a week where a day is too short (the models look seven seasons back by themselves). Else every hill of the
/// autocorrelation up to a third of the history is one. A candidate L passes one of two tests, on values detrended and
/// clipped, r their autocorrelation:
///
/// - after a moving average of length L is taken off, r(L) > 1.1 / √(cycles in the history) and > 3 / √n. A random walk
///   rarely reaches that (5 of 100), however short the history;
/// - as they are, r(L) > .3 and lies .6 above its valleys, the lowest r in (L/4, 3L/4) and in (5L/4, 7L/4).
///
/// Either way L must be the top of its surroundings (± L/24). Of those that pass, the one that passes by most.
///
/// ```swift
/// SeasonDetector().detect(values, stepMicroseconds: 3_600_000_000)?.period  // 24
/// ```
///
/// Cost: two Fourier transforms of twice the history and n · L/12 multiplications a candidate. Source: Vlachos, Yu,
/// Castelli, "On Periodicity Detection and Structural Periodic Similarity", SDM 2005 (hills of the autocorrelation).
public struct SeasonDetector: Sendable {
    /// A season that was found.
    public struct Season: Sendable, Equatable {
        /// Its length in values.
        public var period: Int
        /// By how much it passed its test; above 0, at most about 1.
        public var strength: Double
    }

    /// The calendar's candidates in microseconds: an hour, twelve hours, a day.
    private static let calendar: [Int64] = [3_600_000_000, 43_200_000_000, 86_400_000_000]
    private static let week: Int64 = 604_800_000_000
    /// The most hills that a free search looks at.
    private static let freeCandidates = 8

    /// Creates a detector.
    public init() {}

    /// The season of a history, nil where there is none.
    public func detect(_ history: [Double], stepMicroseconds: Int64?) -> Season? {
        guard history.count >= 32 else { return nil }
        let values = prepared(history)
        let r = FourierTransform.autocorrelation(values)
        let isFree = (stepMicroseconds ?? 0) <= 0
        let count = values.count
        let periods = isFree ? hills(r, count: count) : calendarPeriods(stepMicroseconds ?? 1, count: count)
        var best: Season?
        for period in periods {
            let strength = max(smoothed(period, values, strict: isFree ? 1.3 : 1), raw(period, r))
            // A multiple of a season that passes must be clearly better.
            guard strength > 0, strength > (best?.strength ?? 0) * (isFree ? 1.25 : 1) else { continue }
            best = Season(period: period, strength: strength)
        }
        return best
    }

    /// Whether a season that was found earlier still shows, at half of what finding it takes.
    func holds(_ period: Int, in history: [Double]) -> Bool {
        history.count >= 32 && smoothed(period, prepared(history), strict: 0.5) > 0
    }

    /// The calendar's lengths in values, as far as the history holds 1.7 of them.
    private func calendarPeriods(_ step: Int64, count: Int) -> [Int] {
        let longest = count * 10 / 17
        let lengths = SeasonDetector.calendar.last! / step < 4 ? [SeasonDetector.week] : SeasonDetector.calendar
        return lengths.compactMap { length in
            let period = Int((length + step / 2) / step)
            let isWhole = abs(length - Int64(period) * step) * 50 <= length
            return period >= 4 && period <= longest && isWhole ? period : nil
        }
    }

    /// The shortest of the high hills of the autocorrelation.
    private func hills(_ r: [Double], count: Int) -> [Int] {
        let last = min(count / 3, r.count - 2)
        guard last >= 3 else { return [] }
        let found = (3...last).filter { r[$0] >= r[$0 - 1] && r[$0] >= r[$0 + 1] && r[$0] > 0.1 }
        let highest = found.map { r[$0] }.max() ?? 0
        return Array(found.filter { r[$0] >= 0.7 * highest }.prefix(SeasonDetector.freeCandidates))
    }

    /// By how much a length passes as the values are.
    private func raw(_ period: Int, _ r: [Double]) -> Double {
        let right = period * 5 / 4
        guard period >= 4, right + 1 < r.count else { return 0 }
        let before = r[(period / 4 + 1)...(period * 3 / 4)].min() ?? 0
        let after = r[right...min(period * 7 / 4, r.count - 1)].min() ?? 0
        let reach = max(1, period / 24)
        let around = r[(period - reach)...(period + reach)].max() ?? 0
        guard r[period] >= around - 0.02 else { return 0 }
        return min(r[period] - 0.3, r[period] - 0.5 * (before + after) - 0.6)
    }

    /// By how much a length passes once slower movements are taken off.
    private func smoothed(_ period: Int, _ values: [Double], strict: Double) -> Double {
        let rest = withoutSlowMovements(values, period: period)
        let reach = max(1, period / 24)
        guard rest.count > period + reach + 8 else { return 0 }
        let power = product(rest, lag: 0)
        guard power > 0 else { return 0 }
        let height = product(rest, lag: period) / power
        let cycles = Double(values.count) / Double(period)
        let threshold = strict * max(1.1 / cycles.squareRoot(), 3 / Double(rest.count).squareRoot())
        guard height > threshold else { return 0 }
        for lag in (period - reach)...(period + reach) where lag != period {
            if product(rest, lag: lag) / power > height + 0.05 { return 0 }
        }
        return height - threshold
    }

    /// The mean product of values a lag apart.
    private func product(_ values: [Double], lag: Int) -> Double {
        var sum = 0.0
        for index in 0..<(values.count - lag) { sum += values[index] * values[index + lag] }
        return sum / Double(values.count - lag)
    }

    /// Values minus their centred moving average of a length, clipped at four mean deviations.
    private func withoutSlowMovements(_ values: [Double], period: Int) -> [Double] {
        let half = period / 2
        guard values.count > 2 * half + 1 else { return [] }
        var sum = values[0..<(2 * half)].reduce(0, +)
        var rest: [Double] = []
        rest.reserveCapacity(values.count - 2 * half)
        for index in half..<(values.count - half) {
            sum += values[index + half]
            rest.append(values[index] - sum / Double(2 * half + 1))
            sum -= values[index - half]
        }
        return centred(rest, clippedAt: 4)
    }

    /// Without the straight line through the values, clipped at five mean deviations.
    private func prepared(_ history: [Double]) -> [Double] {
        let count = Double(history.count)
        let middle = (count - 1) / 2
        let mean = history.reduce(0) { $0 + $1 / count }
        var slope = 0.0
        var squares = 0.0
        for (index, value) in history.enumerated() {
            let place = Double(index) - middle
            slope += place * (value - mean)
            squares += place * place
        }
        slope /= squares
        return centred(
            history.enumerated().map { $0.element - mean - slope * (Double($0.offset) - middle) }, clippedAt: 5)
    }

    private func centred(_ values: [Double], clippedAt limit: Double) -> [Double] {
        let count = Double(values.count)
        let deviation = values.reduce(0) { $0 + abs($1) / count }
        let clipped = values.map { min(max($0, -limit * deviation), limit * deviation) }
        let mean = clipped.reduce(0) { $0 + $1 / count }
        return clipped.map { $0 - mean }
    }
}
