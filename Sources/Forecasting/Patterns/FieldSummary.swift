/// What the values of a field are: their kind, and why.
public struct FieldSummary: Sendable, Equatable {
    /// A value and the share of the events that have it.
    public struct Share: Sendable, Equatable {
        /// The value.
        public var value: String
        /// Its share.
        public var share: Double
    }

    /// The kind of values.
    public var kind: FieldKind
    /// Events of the series, those without the field included.
    public var eventCount: Int
    /// Events without the field, or with `null` in it.
    public var missingCount: Int
    /// The smallest number.
    public var low: Double?
    /// The largest number.
    public var high: Double?
    /// The share of the numbers that are 0.
    public var zeroShare: Double?
    /// Whether no number is smaller than the one before, as of counters.
    public var neverFalls = false
    /// The number of different values; nil where they are too many to count (16 numbers, 1,024 texts).
    public var valueCount: Int?
    /// The entropy of the texts in bits.
    public var entropyBits: Double?
    /// The commonest texts, at most three.
    public var commonest: [Share] = []
    /// How often the commonest successor of the text before was right.
    public var followedShare: Double?
    /// How often the commonest text so far was right.
    public var commonestShare: Double?

    /// Creates a summary.
    public init(kind: FieldKind, eventCount: Int, missingCount: Int) {
        self.kind = kind
        self.eventCount = eventCount
        self.missingCount = missingCount
    }

    /// The share of the events without the field.
    public var missingShare: Double { eventCount > 0 ? Double(missingCount) / Double(eventCount) : 0 }

    /// Why it is of this kind, in words.
    public var reason: String {
        switch kind {
        case .unseen: "no value"
        case .constant: "one value"
        case .count: neverFalls ? "whole numbers from 0 on that never fall" : "whole numbers from 0 on"
        case .numeric: neverFalls ? "numbers that never fall" : "numbers"
        case .categorical: "few different values"
        case .text: "sentences that hardly repeat"
        case .opaque: commonest.isEmpty ? "objects, arrays or mixed" : "many different values"
        }
    }
}
