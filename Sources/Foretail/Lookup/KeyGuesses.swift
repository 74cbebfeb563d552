/// How often the keys that were expected of events were those that they needed, by where the expectation came from: the gate of
/// fetches ahead of predicted events.
///
/// Every guess is a trial, whether it was fetched or not; it succeeds if the next event of its stream's key needs that key. A kind
/// of guess (its origin, its probability in tenths) is let through while the lower bound of its success (two standard errors;
/// Agresti and Coull 1998) is above what is asked for. New kinds wait for eight trials. Memory: 40 cells, and the last guesses of
/// each key of the stream, bounded by two generations.
struct KeyGuesses {
    /// Where a guess comes from.
    enum Origin: Int {
        /// The stream's key and what else is known before an event.
        case known
        /// A predicted category.
        case category
        /// A predicted number.
        case number
        /// What the last event needed.
        case memory
    }

    /// A key that may be needed.
    struct Guess {
        var key: String
        var probability: Double
        var origin: Origin

        fileprivate var cell: Int { origin.rawValue * 10 + min(9, max(0, Int(probability * 10))) }
    }

    private struct Cell {
        var trials = 0.0
        var agreed = 0.0
    }

    /// The share of past trials that one trial leaves: a memory of 500.
    private static let forgetting = 1 - 1.0 / 500

    private let limit: Int
    private var cells = [Cell](repeating: Cell(), count: 40)
    private var young: [[UInt8]: [Guess]] = [:]
    private var old: [[UInt8]: [Guess]] = [:]

    init(limit: Int) { self.limit = max(1, limit / 2) }

    /// Notes the guesses for the next event of a stream's key, in place of earlier ones.
    ///
    /// - Returns: The lower bound of each guess's success; 0 while nothing is known of its kind.
    mutating func note(_ guesses: [Guess], for key: [UInt8]) -> [Double] {
        young[key] = guesses
        if young.count >= limit {
            old = young
            young = [:]
        }
        return guesses.map { bound(cells[$0.cell]) }
    }

    /// Takes in which key the event of a stream's key needed.
    mutating func settle(_ needed: String, for key: [UInt8]) {
        guard let guesses = young.removeValue(forKey: key) ?? old.removeValue(forKey: key) else { return }
        let needed = RowKey(needed)
        for guess in guesses {
            cells[guess.cell].trials = cells[guess.cell].trials * Self.forgetting + 1
            cells[guess.cell].agreed =
                cells[guess.cell].agreed * Self.forgetting + (RowKey(guess.key) == needed ? 1 : 0)
        }
    }

    private func bound(_ cell: Cell) -> Double {
        guard cell.trials >= 7.5 else { return 0 }
        let count = cell.trials + 4
        let share = (cell.agreed + 2) / count
        return max(0, share - 2 * (share * (1 - share) / count).squareRoot())
    }
}
