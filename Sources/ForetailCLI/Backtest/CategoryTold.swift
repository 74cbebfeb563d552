import Foretail

/// What was said of a key's next value of a field, kept until it comes.
struct CategoryTold: Sendable {
    /// The tags of the values listed, and their probabilities, falling; as many as ``count``.
    var tags = InlineArray<10, Double>(repeating: .nan)
    var probabilities = InlineArray<10, Float>(repeating: 0)
    var count = 0
    /// The probability of all others.
    var rest: Float = 0
    /// The key's time when it was said, in microseconds.
    var made: Int64 = 0

    /// Keeps what the models say; nil where they list nothing.
    init?(_ outlook: CategoryOutlook?, made: Int64) {
        guard let outlook, !outlook.choices.isEmpty else { return nil }
        count = min(outlook.choices.count, CategoryScore.listed)
        for place in 0..<count {
            tags[place] = outlook.choices[place].tag
            probabilities[place] = Float(outlook.choices[place].probability)
        }
        rest = Float(outlook.rest)
        self.made = made
    }

    /// The place of a value among those listed.
    func place(of tag: Double) -> Int? { (0..<count).first { tags[$0] == tag } }
}
