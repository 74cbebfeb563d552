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
    private let warmUp: Int
    private var waiting: [(gap: Int64, quantiles: GapQuantiles?)] = []
    private var pinball: GapPinball?

    /// Creates an account that does not count the first gaps.
    init(warmUp: Int) { self.warmUp = warmUp }

    /// Counts a gap and the quantiles that were told of it.
    mutating func add(gapMicroseconds gap: Int64, quantiles: GapQuantiles?) {
        if pinball != nil {
            pinball!.add(gapMicroseconds: gap, quantiles: quantiles)
        } else {
            waiting.append((gap, quantiles))
            if waiting.count >= Self.patience { settle() }
        }
    }

    /// The losses so far.
    var loss: Loss {
        var settled = self
        if settled.pinball == nil { settled.settle() }
        guard let pinball = settled.pinball, let told = pinball.gapPinball,
            let empirical = pinball.gapPinballEmpirical
        else { return Loss() }
        return Loss(
            gaps: pinball.count, told: told * Double(pinball.count), empirical: empirical * Double(pinball.count))
    }

    private mutating func settle() {
        var fresh = GapPinball(warmUp: warmUp, resolutionMicroseconds: Self.resolution(waiting.map(\.gap)))
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
