/// What is expected of one field of a future event.
public struct FieldPrediction: Sendable {
    /// A numeric expectation.
    public struct Numeric: Sendable {
        /// The point forecast.
        public var value: PrintedNumber
        /// The lower end of the 90 % interval.
        public var low: PrintedNumber
        /// The upper end of the 90 % interval.
        public var high: PrintedNumber
        /// How far the value may lie off and still agree; nil where the field does not decide the outcome.
        public var tolerance: PrintedNumber?
    }

    /// A categorical expectation.
    public struct Category: Sendable {
        /// A value and its probability.
        public struct Choice: Sendable {
            /// The symbol of the value in its field's table.
            public var symbol: Int32
            /// Its probability, 0 to 1.
            public var probability: Double
        }

        /// The most probable value.
        public var best: Choice
        /// The next ones, most probable first.
        public var alternatives: [Choice]
        /// The probability of all values not listed.
        public var rest: Double
        /// Whether the field decides the outcome.
        public var isAsserted: Bool
    }

    /// The expectation.
    public enum Content: Sendable {
        /// A number.
        case numeric(Numeric)
        /// A category.
        case category(Category)
    }

    /// The number of the field among those its stream learns.
    public var field: Int
    /// The expectation.
    public var content: Content
}
