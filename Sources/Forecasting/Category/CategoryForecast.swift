/// Which symbol comes, as probabilities: the most probable ones, and the rest. They sum to 1.
public struct CategoryForecast: Sendable, Equatable {
    /// A symbol with its probability.
    public struct Entry: Sendable, Equatable {
        /// The symbol, as the caller numbered it.
        public var symbol: Int32
        /// Its probability.
        public var probability: Double

        /// Creates an entry.
        public init(symbol: Int32, probability: Double) {
            self.symbol = symbol
            self.probability = probability
        }
    }

    /// The most probable symbols, falling.
    public var entries: [Entry]
    /// The probability of everything else, symbols never seen included.
    public var rest: Double

    /// Creates a forecast from its parts; by default, that nothing is known.
    public init(entries: [Entry] = [], rest: Double = 1) {
        self.entries = entries
        self.rest = rest
    }

    /// The probability of a symbol that is listed; nil of others.
    public func probability(of symbol: Int32) -> Double? {
        entries.first { $0.symbol == symbol }?.probability
    }
}
