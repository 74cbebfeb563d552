/// One asserted field of a prediction in the form it is judged by: a number within a tolerance, or a category.
struct Assertion: Sendable {
    /// The number of the field in its stream's catalogue.
    var field: Int32
    /// Whether `value` is the tag of a category.
    var isCategory: Bool
    /// The number, as printed, or the category's tag.
    var value: Double
    /// The tolerance, as printed; 0 for a category.
    var tolerance: Double

    /// Where the value it is compared with stands among an event's readings, two per field: as a number, as a category.
    var reading: Int { Int(field) * 2 + (isCategory ? 1 : 0) }

    /// How far a value may lie off. The billionth forgives the last digit of a decimal that no double can hold: 0.3 - 0.2
    /// against a tolerance of 0.1.
    @inline(__always)
    var reach: Double { tolerance * (1 + 1e-9) }

    /// Whether an actual value agrees. A missing field is NaN and agrees with nothing.
    @inline(__always)
    func agrees(with actual: Double) -> Bool {
        if isCategory { return actual == value }
        return (actual - value).magnitude <= reach
    }
}
