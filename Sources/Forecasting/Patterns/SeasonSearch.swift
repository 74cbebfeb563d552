/// Finds all seasons of a series: those of the calendar, and one of free length.
///
/// Where the distance of two values is known, an hour, twelve hours, a day and a week are tested with ``SeasonTest``,
/// each by the harmonics that no shorter one has, at p < .001. Twelve hours gives way to a day that has odd harmonics
/// (p < .05); an hour stands beside a day if it rises eightfold out of the day's lines. A season that explains less
/// than 2 % of the movement within its length is not one. What is left is searched for a free length: among the hills
/// of its autocorrelation up to a third of the history, at p < .001 ÷ n.
///
/// ```swift
/// SeasonSearch().periods(values, stepMicroseconds: 1_800_000_000)  // [48 (day), 336 (week)]
/// ```
///
/// Cost: five to thirteen tests. Source: as ``SeasonTest``; hills as in ``SeasonDetector``.
struct SeasonSearch {
    /// ln p below which a length of the calendar is a season.
    static let alarm = -6.9
    /// ln p of a day's odd harmonics below which it is a day rather than twelve hours.
    private static let oddAlarm = -3.0
    private static let leastProminence = 8.0
    private static let leastStrength = 0.02
    private static let leastFreeStrength = 0.05

    /// The lengths found, shortest first, each with its calendar's name.
    ///
    /// - Parameter values: without gaps.
    func periods(_ values: [Double], stepMicroseconds: Int64?) -> [(period: Int, calendar: CalendarSpan?)] {
        var found: [(period: Int, calendar: CalendarSpan?)] = []
        if let step = stepMicroseconds { found = calendarPeriods(values, step: step) }
        var rest = values
        for season in found { rest = SeasonProfile(rest, period: season.period).removed(from: rest) }
        let total = RobustStatistics.variance(values)
        if let free = freePeriod(rest, beside: found.map(\.period)) {
            let share = SeasonProfile(rest, period: free).strength(in: rest) * RobustStatistics.variance(rest) / total
            if share >= Self.leastFreeStrength { found.append((free, nil)) }
        }
        return found.sorted { $0.period < $1.period }
    }

    /// A span in values, if it is a whole number of them and the history holds two.
    private func length(_ span: CalendarSpan, step: Int64, count: Int) -> Int? {
        let period = Int((span.microseconds + step / 2) / step)
        guard period >= 3, period * 2 <= count else { return nil }
        let error = abs(span.microseconds - Int64(period) * step)
        // Over the whole history it may slip by a tenth of itself or half a value.
        return error * Int64(count / period) <= max(span.microseconds / 10, step / 2) ? period : nil
    }

    private func calendarPeriods(_ values: [Double], step: Int64) -> [(period: Int, calendar: CalendarSpan?)] {
        let lengths = CalendarSpan.allCases.compactMap { span in
            length(span, step: step, count: values.count).map { (span: span, period: $0) }
        }
        var found = lengths.filter { isSeason($0, among: lengths, values) }
        if found.contains(where: { $0.span == .halfDay || $0.span == .day }),
            let day = lengths.first(where: { $0.span == .day })
        {
            // Twelve hours and a day share their even harmonics; the odd ones decide.
            let odd = SeasonTest.logProbability(of: day.period, in: values, skipping: 2)
            let isHalf = lengths.contains { $0.span == .halfDay } && odd > Self.oddAlarm
            found.removeAll { $0.span == (isHalf ? .day : .halfDay) }
            if !isHalf, !found.contains(where: { $0.span == .day }) { found.append(day) }
        }
        if let day = found.first(where: { $0.span == .day }) {
            found.removeAll { season in
                season.span == .hour
                    && SeasonTest.prominence(of: season.period, within: day.period, in: values) < Self.leastProminence
            }
        }
        found.sort { $0.period < $1.period }
        var rest = values
        return found.compactMap { season in
            let local = SeasonProfile.withoutSlowMovements(rest, period: season.period)
            let share = SeasonProfile(local, period: season.period).strength(in: local)
            guard share >= Self.leastStrength else { return nil }
            rest = SeasonProfile(rest, period: season.period).removed(from: rest)
            return (season.period, season.span)
        }
    }

    /// Whether a length has harmonics of its own; a day's are all but those of an hour, its halves included.
    private func isSeason(
        _ candidate: (span: CalendarSpan, period: Int), among lengths: [(span: CalendarSpan, period: Int)],
        _ values: [Double]
    ) -> Bool {
        let shorter = lengths.filter { other in
            other.period < candidate.period && candidate.period % other.period == 0
                && !(candidate.span == .day && other.span == .halfDay)
        }
        return SeasonTest.logProbability(
            of: candidate.period, in: values, skipping: shorter.last.map { candidate.period / $0.period }) < Self.alarm
    }

    /// The shortest of the candidates that pass and explain nearly as much as the best one.
    private func freePeriod(_ values: [Double], beside known: [Int]) -> Int? {
        let count = values.count
        guard count >= 24 else { return nil }
        let alarm = Self.alarm - logarithm(Double(count))
        var passed: [(period: Int, strength: Double)] = []
        for period in candidates(values) where !isKin(period, of: known) {
            // Cheap to ask first: most hills of noise explain nothing.
            let strength = SeasonProfile(values, period: period).strength(in: values)
            guard strength >= Self.leastFreeStrength,
                SeasonTest.logProbability(of: period, in: values) < alarm
            else { continue }
            passed.append((period, strength))
        }
        let best = passed.map(\.strength).max() ?? 0
        guard let first = passed.first(where: { $0.strength >= best / 1.1 - 0.02 }) else { return nil }
        let reach = max(2, first.period / 20)
        return passed.filter { abs($0.period - first.period) <= reach }.max { $0.strength < $1.strength }?.period
    }

    /// The six highest hills of the autocorrelation of the values and of the whitened values, their halves and thirds, and what
    /// lies beside them, and all up to 32; ascending.
    private func candidates(_ values: [Double]) -> [Int] {
        let last = values.count / 3
        guard last >= 3 else { return [] }
        let least = 3 / Double(values.count).squareRoot()
        var found = Set(2...min(32, last))
        for series in [RobustStatistics.clipped(values, at: 6), SeasonTest.whitened(values)] {
            let r = FourierTransform.autocorrelation(series)
            let hills = (2...last).filter { r[$0] >= r[$0 - 1] && r[$0] >= r[$0 + 1] && r[$0] > least }
            for hill in hills.sorted(by: { r[$0] != r[$1] ? r[$0] > r[$1] : $0 < $1 }).prefix(6) {
                for part in 1...3 {
                    let period = (2 * hill + part) / (2 * part)
                    found.formUnion([period - 1, period, period + 1])
                }
            }
        }
        return found.filter { $0 >= 2 && $0 <= last }.sorted()
    }

    /// Whether a length is about a multiple or a part of one that was found.
    private func isKin(_ period: Int, of known: [Int]) -> Bool {
        known.contains { length in
            let whole = max(length, period)
            let part = min(length, period)
            let remainder = whole % part
            return min(remainder, part - remainder) <= max(1, part / 50)
        }
    }
}
