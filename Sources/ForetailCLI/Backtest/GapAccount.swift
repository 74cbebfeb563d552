import Forecasting

/// The log-pinball of the times between a key's events, once the resolution of its stamps is known.
///
/// The resolution is what the logarithm needs to bear a gap of zero. It is told from the first gaps: whole seconds (or minutes)
/// where all are, else the least of them, at least a thousandth of the median.
struct GapAccount: Sendable {
    /// Sums that can be added up over keys.
    struct Loss: Hashable, Sendable {
        var gaps = 0
        var told = 0.0
        var empirical = 0.0

        /// The mean loss of the quantiles told.
        var gapPinball: Double? { gaps > 0 ? told / Double(gaps) : nil }
        /// The mean loss of the running empirical quantiles.
        var gapPinballEmpirical: Double? { gaps > 0 ? empirical / Double(gaps) : nil }

        /// Adds another.
        mutating func add(_ other: Loss) {
            gaps += other.gaps
            told += other.told
            empirical += other.empirical
        }
    }

    /// Gaps from which the resolution is told.
    private static let patience = 64
    private var waiting: [(gap: Int64, quantiles: GapQuantiles?)] = []
    private var pinball: GapPinball?
    /// Gaps of the warm-up among those that wait, and the losses of those that did not wait.
    private var skipped = 0
    private var uncounted = Loss()
    private var frozen: Loss?

    /// Takes in a gap and the quantiles that were told of it.
    ///
    /// - Parameter isWarm: Whether it counts; the first gap of a key never does.
    mutating func add(gapMicroseconds gap: Int64, quantiles: GapQuantiles?, isWarm: Bool) {
        if pinball != nil {
            pinball!.add(gapMicroseconds: gap, quantiles: quantiles)
            if !isWarm { uncounted = total }
        } else {
            waiting.append((gap, quantiles))
            if !isWarm { skipped = waiting.count }
            if waiting.count >= Self.patience { settle() }
        }
    }

    /// The bytes held, at most.
    var bytes: Int {
        pinball.map { min($0.count + skipped, 8_192) * MemoryLayout<Double>.stride }
            ?? waiting.count * MemoryLayout<(Int64, GapQuantiles?)>.stride
    }

    /// The losses so far.
    var loss: Loss {
        if let frozen { return frozen }
        var settled = self
        if settled.pinball == nil { settled.settle() }
        var loss = settled.total
        loss.gaps -= uncounted.gaps
        loss.told -= uncounted.told
        loss.empirical -= uncounted.empirical
        return loss
    }

    private var total: Loss {
        guard let pinball, let told = pinball.gapPinball, let empirical = pinball.gapPinballEmpirical else {
            return Loss()
        }
        return Loss(
            gaps: pinball.count, told: told * Double(pinball.count), empirical: empirical * Double(pinball.count))
    }

    /// Forgets everything but the losses so far, which no gap can be added to.
    mutating func forget() {
        let loss = loss
        self = GapAccount()
        frozen = loss
    }

    private mutating func settle() {
        var fresh = GapPinball(warmUp: skipped, resolutionMicroseconds: Self.resolution(waiting.map(\.gap)))
        for (gap, quantiles) in waiting { fresh.add(gapMicroseconds: gap, quantiles: quantiles) }
        pinball = fresh
        waiting = []
    }

    /// What the stamps behind the gaps can tell apart, in microseconds.
    static func resolution(_ gaps: [Int64]) -> Double {
        let positive = gaps.filter { $0 > 0 }.sorted()
        guard let least = positive.first else { return 1 }
        if positive.allSatisfy({ $0 % 1_000_000 == 0 }) { return least < 60_000_000 ? 1e6 : 6e7 }
        return max(Double(least), Double(positive[positive.count / 2]) / 1_000)
    }
}
