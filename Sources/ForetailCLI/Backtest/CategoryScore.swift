#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How well the next value of a categorical field was told, next to the running frequencies on the same events.
///
/// ```
/// bits of an event   −log₂ p of its value; of one not listed, p = rest ÷ (V − listed); where nothing was told, log₂ V
/// by frequency       −log₂ ((n + ½) ÷ (i + V ÷ 2)): n of the i values before were the same
/// ```
///
/// V is the number of distinct values of the whole file, so the sums are kept apart from what depends on it.
struct CategoryScore: Sendable {
    /// The values that are listed at most.
    static let listed = 10
    /// The least probability that bits are reckoned with.
    static let leastProbability = 1e-9
    /// The ranks up to which a value counts as told.
    static let ranks = [1, 3, 9]
    /// The probabilities from which coverage and precision are stated.
    static let thresholds = [0.5, 0.9]

    /// Events scored: all with a value but the first of a key.
    private(set) var events = 0
    /// Those of them of which nothing had been said.
    private(set) var untold = 0
    /// Distinct values of the file.
    var values = 0
    /// The probability of the most probable value, against whether it came.
    private(set) var reliability = CalibrationBins()
    /// How far ahead values were told that came and had a probability of at least ½.
    private(set) var leads = LeadAccount(limit: BacktestLimits.leads)
    private var hits = [Int](repeating: 0, count: ranks.count)
    private var frequencyHits = [Int](repeating: 0, count: ranks.count)
    private var covered = [Int](repeating: 0, count: thresholds.count)
    private var right = [Int](repeating: 0, count: thresholds.count)
    /// Bits that do not depend on V.
    private var settledBits = 0.0
    /// −log₂ rest, summed up, and the events by how many values had been listed.
    private var restBits = 0.0
    private var unlisted = [Int](repeating: 0, count: listed + 1)
    /// −log₂ (n + ½), summed up, and the i of these events.
    private var frequencyBits = 0.0
    private var orders = OrderCounts()

    /// Scores an event.
    ///
    /// - Parameters:
    ///   - place: The place of its value among those listed; nil where it was not.
    ///   - told: What had been said; nil for nothing.
    ///   - standing: How its value stood among those before.
    ///   - order: How many values there were before.
    ///   - lead: The time since it was said, in microseconds.
    mutating func add(
        place: Int?, told: CategoryTold?, standing: (count: Int, rank: Int?), order: Int, leadMicroseconds lead: Int64
    ) {
        events += 1
        frequencyBits -= log2(Double(standing.count) + 0.5)
        orders.add(order)
        for (index, rank) in Self.ranks.enumerated() {
            if let place, place < rank { hits[index] += 1 }
            if let own = standing.rank, own < rank { frequencyHits[index] += 1 }
        }
        guard let told else {
            untold += 1
            reliability.add(confidence: 0, hit: false)
            return
        }
        let best = Double(told.probabilities[0])
        reliability.add(confidence: best, hit: place == 0)
        for (index, threshold) in Self.thresholds.enumerated() where best >= threshold {
            covered[index] += 1
            right[index] += place == 0 ? 1 : 0
        }
        if place == 0, best >= 0.5 { leads.add(lead) }
        if let place {
            settledBits -= log2(max(Double(told.probabilities[place]), Self.leastProbability))
        } else if told.rest > 0 {
            restBits -= log2(Double(told.rest))
            unlisted[told.count] += 1
        } else {
            settledBits -= log2(Self.leastProbability)
        }
    }

    /// What an event cost if there were so many distinct values.
    static func bits(place: Int?, told: CategoryTold?, values: Int) -> Double {
        guard let told else { return log2(Double(max(values, 1))) }
        let probability =
            place.map { Double(told.probabilities[$0]) } ?? Double(told.rest) / Double(max(values - told.count, 1))
        return -log2(max(probability, leastProbability))
    }

    // MARK: Figures

    /// Bits per event; nil where nothing was scored.
    var bits: Double? {
        guard events > 0 else { return nil }
        var sum = settledBits + restBits + Double(untold) * log2(Double(max(values, 1)))
        for (listed, count) in unlisted.enumerated() { sum += Double(count) * log2(Double(max(values - listed, 1))) }
        return sum / Double(events)
    }

    /// Bits per event by running frequencies.
    var bitsByFrequency: Double? {
        events > 0 ? (frequencyBits + orders.logarithms(plus: 0.5 * Double(values))) / Double(events) : nil
    }

    /// 1 − bits ÷ those by frequency.
    var saved: Double? {
        guard let bits, let bitsByFrequency, bitsByFrequency > 0 else { return nil }
        return 1 - bits / bitsByFrequency
    }

    /// The shares of events whose value was among the 1, 3, 9 most probable ones, and among the most frequent.
    var accuracy: [Double?] { hits.map(share) }
    var accuracyByFrequency: [Double?] { frequencyHits.map(share) }
    /// The shares of events of which a value had been told with a probability of at least .5 and .9.
    var coverage: [Double?] { covered.map(share) }
    /// The shares of these in which it came.
    var precision: [Double?] {
        zip(right, covered).map { $1 > 0 ? Double($0) / Double($1) : nil }
    }

    private func share(_ count: Int) -> Double? { events > 0 ? Double(count) / Double(events) : nil }
}
