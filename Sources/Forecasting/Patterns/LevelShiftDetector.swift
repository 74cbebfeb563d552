/// Finds lasting changes of level in deseasonalised values.
///
/// Windows of L values slide over the series, for L = 24, 48, 96 … up to a sixth of it: D(t) = mean of the L values
/// from t on − mean of the L before. A shift is a local extreme of |D − median D| beyond 6.5 × s, where s is 1.4826 ×
/// the median of
/// |D − median D| over the series, at least σ √(2/L). A series that wanders has a large s at long L, and a trend moves the median, so
/// neither makes shifts; an outlier is clipped at four robust deviations from its neighbours' median before. The place
/// is then the split of the windows that leaves the least squares. A shift must also be as large as the values' own
/// deviation around it, and holds until the next.
///
/// ```swift
/// LevelShiftDetector().detect(values).map(\.event)  // [1200]
/// ```
///
/// False alarms: see ``PatternDetector``. Cost: 8 · n additions and as many sorts. Sources: Page, "Continuous inspection
/// schemes", 1954; Eichinger and Kirch, "A MOSUM procedure for the estimation of multiple random change points", 2018; s
/// by the series itself is ours.
struct LevelShiftDetector {
    private static let threshold = 6.5
    /// The most shifts that are reported, strongest first.
    static let most = 8
    private static let shortest = 24

    /// The shifts in order of place; places are those of `values`, which may hold NaN.
    func detect(_ values: [Double]) -> [LevelShift] {
        let count = values.count
        let spread = noise(values)
        let clipped = withoutOutliers(values)
        let sums = PrefixSums(clipped)
        var candidates: [(place: Int, length: Int, score: Double)] = []
        var length = max(Self.shortest, count / 64)
        while length * 6 <= count {
            collect(sums, count: count, length: length, floor: spread, into: &candidates)
            length *= 2
        }
        candidates.sort { $0.score != $1.score ? $0.score > $1.score : $0.place < $1.place }
        var accepted: [(place: Int, length: Int, score: Double)] = []
        for candidate in candidates where accepted.count < Self.most {
            let place = refined(candidate, sums, count: count)
            let isNew = accepted.allSatisfy { abs($0.place - place) >= max($0.length, candidate.length) }
            if isNew { accepted.append((place, candidate.length, candidate.score)) }
        }
        accepted.sort { $0.place < $1.place }
        return measured(accepted, values, sums)
    }

    /// The local extremes of the windows of one length.
    private func collect(
        _ sums: PrefixSums, count: Int, length: Int, floor: Double,
        into candidates: inout [(place: Int, length: Int, score: Double)]
    ) {
        var differences = [Double](repeating: .nan, count: count)
        for place in length...(count - length) where place < count {
            let before = sums.mean(place - length, place)
            let after = sums.mean(place, place + length)
            differences[place] = after - before
        }
        let middle = RobustStatistics.median(differences)
        let scale = max(RobustStatistics.deviation(differences), floor * (2 / Double(length)).squareRoot())
        guard scale > 0 else { return }
        let limit = Self.threshold * scale
        var place = length
        while place < count {
            guard abs(differences[place] - middle) > limit else {
                place += 1
                continue
            }
            var peak = place
            var end = place
            while end < count, abs(differences[end] - middle) > limit, end - place < 2 * length {
                if abs(differences[end] - middle) > abs(differences[peak] - middle) { peak = end }
                end += 1
            }
            candidates.append((peak, length, abs(differences[peak] - middle) / scale))
            place = max(end, peak + length)
        }
    }

    /// The split of a candidate's two windows that leaves the least squares.
    private func refined(_ candidate: (place: Int, length: Int, score: Double), _ sums: PrefixSums, count: Int) -> Int {
        let first = candidate.place - candidate.length
        let end = min(candidate.place + candidate.length, count)
        var best = (place: candidate.place, gain: 0.0)
        for place in (first + 4)..<max(first + 5, end - 4) {
            let difference = sums.mean(place, end) - sums.mean(first, place)
            let left = Double(sums.number(first, place))
            let right = Double(sums.number(place, end))
            let gain = difference * difference * left * right / max(left + right, 1)
            if gain > best.gain { best = (place, gain) }
        }
        return best.place
    }

    /// Sizes by the medians of up to four windows on either side, not beyond the next shift or the return; small ones fall out.
    private func measured(
        _ accepted: [(place: Int, length: Int, score: Double)], _ values: [Double], _ sums: PrefixSums
    ) -> [LevelShift] {
        var shifts: [LevelShift] = []
        for (number, shift) in accepted.enumerated() {
            if let last = shifts.last?.endEvent, abs(last - shift.place) <= shift.length { continue }
            let from = max(shifts.last.map { $0.endEvent ?? $0.event } ?? 0, shift.place - 4 * shift.length)
            let next = number + 1 < accepted.count ? accepted[number + 1].place : values.count
            let end = returned(shift, sums, from: from, limit: min(next + shift.length, values.count))
            let before = Array(values[min(from, shift.place - 1)..<shift.place])
            let after = Array(values[shift.place..<min(end ?? next, shift.place + 4 * shift.length, values.count)])
            let old = RobustStatistics.median(before)
            let new = RobustStatistics.median(after)
            let own = max(RobustStatistics.deviation(before), RobustStatistics.deviation(after))
            guard abs(new - old) > own, new != old else { continue }
            shifts.append(
                LevelShift(
                    event: shift.place, endEvent: end, size: new - old, before: old, after: new, score: shift.score))
        }
        return shifts
    }

    /// Where a level goes back to what it was: the first place after the shift whose next values are nearer to the old mean.
    private func returned(
        _ shift: (place: Int, length: Int, score: Double), _ sums: PrefixSums, from: Int, limit: Int
    ) -> Int? {
        let width = max(12, shift.length / 2)
        let first = shift.place + width
        guard first + width <= limit else { return nil }
        let old = sums.mean(from, shift.place)
        let new = sums.mean(shift.place, first)
        for place in first...(limit - width) {
            let mean = sums.mean(place, place + width)
            if abs(mean - old) < 0.25 * abs(new - old) { return place }
        }
        return nil
    }

    /// The deviation of the values around their neighbours.
    private func noise(_ values: [Double]) -> Double {
        let known = values.filter { !$0.isNaN }
        let steps = zip(known.dropFirst(), known).map { $0 - $1 }
        return (RobustStatistics.variance(steps) / 2).squareRoot()
    }

    /// The values, none further than four robust deviations from the median of the 25 around it.
    private func withoutOutliers(_ values: [Double]) -> [Double] {
        let reach = 12
        let medians = values.indices.map { index in
            RobustStatistics.median(values[max(0, index - reach)...min(values.count - 1, index + reach)])
        }
        let distances = values.indices.map { values[$0] - medians[$0] }
        let limit = 4 * RobustStatistics.deviation(distances)
        guard limit > 0 else { return values }
        return values.indices.map { index in
            values[index].isNaN
                ? .nan : min(max(values[index], medians[index] - limit), medians[index] + limit)
        }
    }
}

/// Sums of all beginnings of a series, for the mean of any stretch at once; NaN does not count.
struct PrefixSums {
    private var sums: [Double] = [0]
    private var counts: [Int] = [0]

    init(_ values: [Double]) {
        let middle = RobustStatistics.mean(values)
        var sum = 0.0
        var count = 0
        for value in values {
            if !value.isNaN {
                sum += value - middle
                count += 1
            }
            sums.append(sum)
            counts.append(count)
        }
    }

    /// How many values stand in a stretch.
    func number(_ first: Int, _ end: Int) -> Int { counts[end] - counts[first] }

    /// The mean of a stretch minus that of all; NaN where it holds nothing.
    func mean(_ first: Int, _ end: Int) -> Double {
        let count = number(first, end)
        return count > 0 ? (sums[end] - sums[first]) / Double(count) : .nan
    }
}
