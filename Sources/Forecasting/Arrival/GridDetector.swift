/// Finds out whether a series beats in a fixed distance of time, and which.
///
/// The candidate is the median of the last nine gaps; a gap agrees when it lies within 10 % of the candidate, and still
/// counts as on the grid (a missed beat) when it lies that close to a multiple up to 16. The candidate is the grid while
/// at least 70 % of the late gaps agree; it gives way when fewer than half do. Under jitter it follows the gaps slowly;
/// where they are exact it stays exact.
///
/// ```swift
/// var detector = GridDetector()
/// for _ in 0..<5 { detector.learn(300_000_000) }
/// detector.grid   // 300,000,000
/// ```
///
/// Source: ours; the share of the modal gap.
struct GridDetector: Sendable {
    /// The gaps that a grid takes to show.
    static let enough = 4
    private static let rate: Float = 0.05

    private var candidate = 0.0
    private var agreeing: Float = 0
    private var exact: Float = 0
    private var count = 0
    /// The last gaps, in a ring, and room to sort them.
    private var recent: [Int64] = []
    private var sorted: [Int64] = []
    private var next = 0

    /// The distance of two beats in microseconds; nil while there is none.
    var grid: Double? { count >= GridDetector.enough && agreeing >= 0.7 && candidate >= 1 ? candidate : nil }

    mutating func learn(_ gap: Int64) {
        remember(gap)
        count += 1
        if count == 1 { candidate = Double(gap) }
        let agrees = candidate > 0 && abs(Double(gap) - candidate) <= 0.1 * candidate
        let rate = max(GridDetector.rate, 1 / Float(count))
        agreeing += rate * ((agrees ? 1 : 0) - agreeing)
        exact += rate * ((Double(gap) == candidate ? 1 : 0) - exact)
        if agrees {
            if exact < 0.5 { candidate += 0.05 * (Double(gap) - candidate) }
        } else if agreeing < 0.5, count % 4 == 0 {
            elect()
        }
    }

    /// How many beats a gap spans, where it is close to a multiple of the grid.
    func beats(_ gap: Int64) -> Int? {
        guard let grid else { return nil }
        let beats = (Double(gap) / grid).rounded()
        guard beats >= 1, beats <= 16, abs(Double(gap) - beats * grid) <= 0.1 * grid else { return nil }
        return Int(beats)
    }

    private mutating func remember(_ gap: Int64) {
        if recent.count < 9 {
            recent.append(gap)
            sorted.append(gap)
        } else {
            recent[next] = gap
            next = next == 8 ? 0 : next + 1
        }
    }

    /// Makes the median of the last gaps the candidate if more of them agree with it.
    private mutating func elect() {
        for index in recent.indices {
            var place = index
            while place > 0, sorted[place - 1] > recent[index] {
                sorted[place] = sorted[place - 1]
                place -= 1
            }
            sorted[place] = recent[index]
        }
        let median = Double(sorted[recent.count / 2])
        guard median > 0 else { return }
        let close = recent.count { abs(Double($0) - median) <= 0.1 * median }
        let same = recent.count { Double($0) == median }
        guard Float(close) / Float(recent.count) > agreeing else { return }
        candidate = median
        agreeing = Float(close) / Float(recent.count)
        exact = Float(same) / Float(recent.count)
    }
}

extension GridDetector {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&candidate)
        try coder.check(candidate >= 0 && candidate < 9e18, "a distance of \(candidate) microseconds")
        try coder.pass(&agreeing)
        try coder.pass(&exact)
        try coder.pass(&count)
        try coder.pass(list: &recent, upTo: 9, empty: 0)
        try coder.pass(list: &sorted, upTo: 9, empty: 0)
        try coder.check(sorted.count == recent.count, "lists of different lengths")
        try coder.pass(&next, in: 0...8)
    }
}
