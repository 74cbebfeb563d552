import Forecasting

/// How often a field is there at all, over all keys of a stream.
///
///     p ← p + (y − p) · max(1 / (n + 2), 1/500)
///
/// so that it starts as the share of a few events and forgets over some hundred.
struct PresenceRate {
    private var probability = 0.5
    private var count = 0

    /// The probability of what is seen, no less than 1/4,096.
    func probability(of isPresent: Bool) -> Double {
        max(isPresent ? probability : 1 - probability, 1.0 / 4_096)
    }

    /// Takes in whether the field was there.
    mutating func learn(_ isPresent: Bool) {
        probability += ((isPresent ? 1 : 0) - probability) * max(1 / Double(count + 2), 0.002)
        count = min(count + 1, 1_000)
    }
}

extension PresenceRate {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&probability)
        try coder.check(probability >= 0 && probability <= 1, "a probability lies outside 0…1")
        try coder.pass(&count, in: 0...1_000)
    }
}
