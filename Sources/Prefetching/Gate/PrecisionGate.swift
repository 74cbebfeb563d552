// The square root is the platform's where the processor has none.
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is let through: candidates of a kind whose own measured precision is, at its lower confidence bound, above the target.
///
/// A kind is a source, its trust in tenths, and how far ahead. Each has a cell of two discounted counts: trials, counted when a
/// prefetch is issued (or, held back, tried in shadow), and successes, counted when its key is asked for in time. An open trial
/// counts as a failure until it succeeds, so a kind that is new can not have many open at once. Wilson's bound:
///
///     p̂ = s/n,   bound = (p̂ + z²/2n − z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n)
///
/// Memory: 4 KB. Cost: a square root a candidate. Source: Wilson, Probable inference, JASA 1927.
struct PrecisionGate: Sendable {
    /// Trials over which a cell forgets: 1/200 at each.
    private static let keep: Float = 0.995
    private static let distances = 6
    private static let trusts = 10

    /// The precision below which a kind is held back.
    let target: Float
    private let z: Float
    private var trials: [Float]
    private var successes: [Float]

    /// Creates a gate that knows nothing, and so lets nothing through.
    init(target: Double, z: Double = 1.64) {
        self.target = Float(target)
        self.z = Float(z)
        let cells = PredictionSource.allCases.count * Self.trusts * Self.distances
        trials = [Float](repeating: 0, count: cells)
        successes = trials
    }

    /// The cell of a candidate's kind.
    @inline(__always)
    func cell(of candidate: Candidate) -> Int {
        let ahead: Int =
            switch candidate.distance {
            case ..<2: 0
            case 2: 1
            case ..<5: 2
            case ..<9: 3
            case ..<17: 4
            default: 5
            }
        return (Int(candidate.source.rawValue) * Self.trusts + Int(candidate.trust)) * Self.distances + ahead
    }

    /// The lower confidence bound of a cell's precision.
    @inline(__always)
    func bound(_ cell: Int) -> Float {
        let count = trials[cell]
        guard count > 0 else { return 0 }
        let share = min(1, successes[cell] / count)
        let square = z * z / count
        let spread = z * (share * (1 - share) / count + square / (4 * count)).squareRoot()
        return (share + square / 2 - spread) / (1 + square)
    }

    /// Whether candidates of a cell are let through.
    @inline(__always)
    func isOpen(_ cell: Int) -> Bool {
        // The bound lies below the share itself.
        guard successes[cell] > target * trials[cell] else { return false }
        return bound(cell) >= target
    }

    /// Counts a trial: a prefetch was issued, or a candidate was held back.
    @inline(__always)
    mutating func begin(_ cell: Int) {
        trials[cell] = trials[cell] * Self.keep + 1
        successes[cell] *= Self.keep
    }

    /// Counts a success of a trial.
    @inline(__always)
    mutating func succeed(_ cell: Int) { successes[cell] += 1 }
}
