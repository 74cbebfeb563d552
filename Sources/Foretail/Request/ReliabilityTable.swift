import Forecasting

/// Stated confidence against hit rate, in ten bins.
struct ReliabilityTable {
    private var counts = [Int](repeating: 0, count: 10)
    private var sums = [Double](repeating: 0, count: 10)
    private var hits = [Int](repeating: 0, count: 10)

    /// Adds a judged record.
    mutating func add(confidence: Double, hit: Bool) {
        let bin = min(Int(confidence * 10), 9)
        counts[bin] += 1
        sums[bin] += confidence
        hits[bin] += hit ? 1 : 0
    }

    /// The records added.
    var count: Int { counts.reduce(0, +) }

    /// The expected calibration error; nil where nothing was judged.
    var expectedCalibrationError: Double? {
        let total = count
        guard total > 0 else { return nil }
        var error = 0.0
        for bin in counts.indices { error += abs(sums[bin] - Double(hits[bin])) }
        return error / Double(total)
    }
}

extension ReliabilityTable {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        for bin in counts.indices {
            try coder.pass(&counts[bin])
            try coder.pass(&sums[bin])
            try coder.pass(&hits[bin])
        }
    }
}
