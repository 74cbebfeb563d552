/// What is said of the next value of a categorical field, as a record would print it.
///
/// Values are named by tags: equal values have equal tags, in all events of a run.
public struct CategoryOutlook: Sendable {
    /// A value and its probability.
    public struct Choice: Sendable {
        /// The value's tag.
        public var tag: Double
        /// Its probability, rounded as it is printed.
        public var probability: Double
    }

    /// The most probable values, falling.
    public var choices: [Choice]
    /// The probability of all values not listed.
    public var rest: Double
}
