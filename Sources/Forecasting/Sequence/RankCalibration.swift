/// Corrects the three most probable candidates, from the first down: how often was one right that claimed so much of what was left
/// by those before it?
///
/// With c the claimed share at rank r and a the learned answer, interpolated between 33 cells over the log odds of c, the share
/// becomes .3·c + .7·a. What is left of 1 goes to the others in proportion.
///
/// Size: 800 bytes. Source: adaptive probability maps as in PAQ (Mahoney 2005), one for each rank.
struct RankCalibration {
    /// How many ranks are corrected.
    static let ranks = 3
    private static let cells = 33
    private static let share: Float = 0.7
    private static let prior: Float = 20
    private static let limit: Int32 = 1_500

    private var probabilities: [Float]
    private var counts = [Int32](repeating: 0, count: ranks * cells)
    /// The candidates that were corrected last, and the nearest cell of each.
    private var corrected = SIMD4<Int32>(repeating: -1)
    private var nearest = SIMD4<Int32>.zero

    init() {
        probabilities = (0..<Self.ranks * Self.cells).map { place in
            1 / (1 + exponential(-Float(place % Self.cells - 16) * 0.5))
        }
    }

    /// Corrects the probabilities of `count` candidates and of anything else, which stands behind the last.
    mutating func correct(_ probabilities: Cells, count: Int, into corrected: Cells) {
        self.corrected = SIMD4(repeating: -1)
        var left: Float = 1
        var claimed: Float = 1
        for rank in 0..<min(Self.ranks, count) {
            var best = -1
            for index in 0..<count where !isCorrected(index, before: rank) {
                if best < 0 || probabilities[index] > probabilities[best] { best = index }
            }
            let claim = min(max(probabilities[best] / max(claimed, 1e-6), 1e-4), 0.9999)
            let odds = (claim / (1 - claim)).naturalLogarithm
            let place = (min(max(odds, -7.99), 7.99) + 8) * 2
            let cell = rank * Self.cells + Int(place)
            let offset = place - place.rounded(.down)
            let answer = self.probabilities[cell] * (1 - offset) + self.probabilities[cell + 1] * offset
            let share = (1 - Self.share) * claim + Self.share * answer
            self.corrected[rank] = Int32(best)
            nearest[rank] = Int32(cell + (offset > 0.5 ? 1 : 0))
            corrected[best] = share * left
            left *= 1 - share
            claimed -= probabilities[best]
            if claimed < 1e-4 { break }
        }
        var sum: Float = 0
        for index in 0...count where !isCorrected(index, before: Self.ranks) { sum += probabilities[index] }
        let scale = left / max(sum, 1e-9)
        for index in 0...count where !isCorrected(index, before: Self.ranks) {
            corrected[index] = probabilities[index] * scale
        }
    }

    /// Takes in which candidate came, of those corrected last.
    mutating func learn(actual: Int) {
        for rank in 0..<Self.ranks where corrected[rank] >= 0 {
            let cell = Int(nearest[rank])
            let isRight = Int(corrected[rank]) == actual
            counts[cell] += 1
            probabilities[cell] +=
                ((isRight ? 1 : 0) - probabilities[cell]) / (Float(min(counts[cell], Self.limit)) + 1.5 + Self.prior)
            counts[cell] = min(counts[cell], Self.limit)
            if isRight { return }
        }
    }

    @inline(__always)
    private func isCorrected(_ index: Int, before rank: Int) -> Bool {
        for earlier in 0..<rank where Int(corrected[earlier]) == index { return true }
        return false
    }
}

extension RankCalibration {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(fixed: &probabilities)
        try coder.check(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 }, "a probability lies outside 0…1")
        try coder.pass(fixed: &counts)
        try coder.check(counts.allSatisfy { $0 >= 0 && $0 <= Self.limit }, "a cell is counted too often")
    }
}
