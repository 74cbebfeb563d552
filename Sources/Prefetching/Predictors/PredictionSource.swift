/// Who expects a key.
enum PredictionSource: UInt8, Sendable, CaseIterable {
    /// A chain of successors, its link of the two latest keys.
    case pairSuccessor
    /// A chain of successors, its link of the latest key alone.
    case successor
    /// One of the successors of the latest key, with whatever probability.
    case alternative
    /// A chain of differences, of the two latest differences.
    case deltaChain
    /// The difference that followed the latest difference.
    case delta
    /// The keys after the latest, and a run's next.
    case sequential
    /// An arithmetic progression among other keys.
    case stride
    /// A key that is often asked for soon after.
    case association
    /// What came next when these keys came before.
    case replay
}
