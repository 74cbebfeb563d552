/// How large a step's residuals are, in units of their usual size: turns a tolerance into a probability.
///
/// Decayed counts (half-life about 350 events) of |e| ÷ size in 30 bins, four to a doubling, from 1/32 of the size to
/// 6 times, one bin below and one for exact zeroes. Interpolated within a bin; before there is data the residuals are
/// taken as Laplacian, which is worth eight observations.
///
/// ```swift
/// var distribution = ResidualDistribution(cells: block.cells(ResidualDistribution.cellCount))
/// distribution.learn(0.7)
/// distribution.probability(within: 1)  // .67: mostly the prior
/// ```
///
/// Source: decayed histogram; Laplace prior. Ours.
struct ResidualDistribution {
    private static let bins = 30
    private static let prior: Float = 8
    /// The room the model needs in its block.
    static let cellCount = bins + 2

    /// Bin 0: exactly zero; bin 1: below the first edge; bin i + 1: from edge i − 1 to edge i.
    private var counts: Cells
    private var total: Float = 0
    private var weight: Float = 1

    init(cells: Cells) { counts = cells }

    /// Takes in |e| ÷ size.
    @inline(__always)
    mutating func learn(_ ratio: Float) {
        weight *= 1.002
        counts[ResidualDistribution.bin(ratio)] += weight
        total += weight
        if weight > 1e6 { rescale() }
    }

    /// The probability that the next |e| ÷ size is at most `ratio`.
    func probability(within ratio: Float) -> Float {
        guard ratio >= 0 else { return 0 }
        let last = ResidualDistribution.bin(ratio)
        var sum: Float = counts[0]
        if last > 0 {
            var bin = 1
            while bin < last {
                sum += counts[bin]
                bin += 1
            }
            sum += counts[last] * ResidualDistribution.share(of: last, below: ratio)
        }
        let prior = ResidualDistribution.prior * weight
        return min((sum + prior * (1 - exponential(-ratio))) / (total + prior), 1)
    }

    /// The bin of a ratio.
    @inline(__always)
    private static func bin(_ ratio: Float) -> Int {
        if ratio <= 0 { return 0 }
        // Four bins to a doubling, the mantissa taken linearly.
        let bits = ratio.bitPattern
        let place = Int(bits >> 21) &- Int(Float(0.03125).bitPattern >> 21)
        return min(max(place &+ 2, 1), bins + 1)
    }

    /// How much of a bin lies below a ratio within it.
    private static func share(of bin: Int, below ratio: Float) -> Float {
        if bin == 1 { return ratio / 0.03125 }
        let lower = Float(bitPattern: (Float(0.03125).bitPattern >> 21 + UInt32(bin - 2)) << 21)
        let upper = Float(bitPattern: (Float(0.03125).bitPattern >> 21 + UInt32(bin - 1)) << 21)
        return min((ratio - lower) / (upper - lower), 1)
    }

    private mutating func rescale() {
        for bin in 0..<counts.count { counts[bin] /= weight }
        total /= weight
        weight = 1
    }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) { counts.move(by: floats) }
}

extension ResidualDistribution {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&total)
        try coder.pass(&weight)
    }
}
