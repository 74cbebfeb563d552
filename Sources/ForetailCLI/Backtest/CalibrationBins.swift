/// Stated confidence against what came true, in ten bins.
struct CalibrationBins: Hashable, Sendable {
    /// One bin.
    struct Bin: Hashable, Sendable {
        /// Judged predictions.
        var count = 0
        /// The sum of their confidences.
        var stated = 0.0
        /// How many came true.
        var hits = 0

        /// The mean confidence; nil of none.
        var meanConfidence: Double? { count > 0 ? stated / Double(count) : nil }
        /// The share that came true; nil of none.
        var hitRate: Double? { count > 0 ? Double(hits) / Double(count) : nil }
    }

    /// The bins, of a tenth each, from 0 to 1.
    private(set) var bins = [Bin](repeating: Bin(), count: 10)

    /// Adds a judged prediction.
    mutating func add(confidence: Double, hit: Bool) {
        let place = min(max(Int(confidence * 10), 0), 9)
        bins[place].count += 1
        bins[place].stated += confidence
        bins[place].hits += hit ? 1 : 0
    }

    /// Adds the bins of another.
    mutating func add(_ other: CalibrationBins) {
        for place in bins.indices {
            bins[place].count += other.bins[place].count
            bins[place].stated += other.bins[place].stated
            bins[place].hits += other.bins[place].hits
        }
    }

    /// Judged predictions.
    var count: Int { bins.reduce(0) { $0 + $1.count } }

    /// The mean confidence; nil where nothing was judged.
    var meanConfidence: Double? { count > 0 ? bins.reduce(0) { $0 + $1.stated } / Double(count) : nil }

    /// The expected calibration error: the mean distance of stated confidence and hit rate; nil where nothing was judged.
    var expectedError: Double? {
        guard count > 0 else { return nil }
        return bins.reduce(0) { $0 + abs($1.stated - Double($1.hits)) } / Double(count)
    }
}
