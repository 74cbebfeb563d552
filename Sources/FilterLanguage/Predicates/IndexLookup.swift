/// What a predicate asks of one slot, in a form that an index can look up instead of testing filter by filter.
///
/// Exact: the predicate is true of a row if and only if the look-up succeeds. Comparisons that the index cannot mirror to the
/// last bit (whole numbers from 2^53 on, NaN) have no look-up and are tested.
package enum IndexLookup: Equatable, Sendable {
    /// The slot equals one of the constants, each given once: `==`, `in [..]`.
    case equality([KeyConstant])
    /// The slot is a string that begins with the text.
    case prefix([UInt8])
    /// The slot is an array that holds the text, or an object that has it as a key.
    case element([UInt8])
    /// The slot is a number between the two, both included.
    case range(low: Double, high: Double)
    /// The slot is an array.
    case array
    /// Something stands in the slot.
    case present
    /// Nothing stands in the slot.
    case absent
}
